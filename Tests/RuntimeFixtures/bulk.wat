;; Memory operations that take their time: 16 MiB, `rounds` times.
(module
  (memory (export "memory") 256)
  (func (export "fill") (param $rounds i32)
    (loop $again
      (memory.fill (i32.const 0) (local.get $rounds) (i32.const 0x1000000))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds))))
  ;; Moves everything up by one byte: source and destination overlap, and the order of the pieces matters.
  (func (export "shift") (param $rounds i32)
    (loop $again
      (memory.copy (i32.const 1) (i32.const 0) (i32.const 0xffffff))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds)))))
