;; What `make bench-calls` calls: `wat2wasm calls.wat` makes calls.wasm. One page of memory, so that an instance is as small as it can be.
(module
  (import "host" "add" (func $add (param i32 i32) (result i32)))
  (memory (export "memory") 1 1)
  (func (export "nothing"))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "host_calls") (param $rounds i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (call $add (local.get $sum) (local.get $rounds)))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds)))
    (local.get $sum))
  (func (export "copies") (param $rounds i32) (param $length i32)
    (loop $again
      (memory.copy (i32.const 32768) (i32.const 0) (local.get $length))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds))))
  (func (export "fills") (param $rounds i32) (param $length i32)
    (loop $again
      (memory.fill (i32.const 0) (local.get $rounds) (local.get $length))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds)))))
