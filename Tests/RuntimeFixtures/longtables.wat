;; Table operations that take their time, `rounds` times, on a private and on a shared table.
(module
  (table $own 0x100000 funcref)
  (table $shared (export "shared") 0x100000 funcref)
  (table $growing 0 0x100000 funcref)
  (func $something (export "something"))
  (func (export "fill_own") (param $rounds i32)
    (loop $again
      (table.fill $own (i32.const 0) (ref.func $something) (i32.const 0x100000))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds))))
  (func (export "fill_shared") (param $rounds i32)
    (loop $again
      (table.fill $shared (i32.const 0) (ref.func $something) (i32.const 0x100000))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds))))
  ;; Everything up by one: source and destination overlap, and the order of the pieces matters.
  (func (export "shift_own") (param $rounds i32)
    (table.set $own (i32.const 0) (ref.func $something))
    (loop $again
      (table.copy $own $own (i32.const 1) (i32.const 0) (i32.const 0xfffff))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds))))
  (func (export "shift_shared") (param $rounds i32)
    (table.set $shared (i32.const 0) (ref.func $something))
    (loop $again
      (table.copy $shared $shared (i32.const 1) (i32.const 0) (i32.const 0xfffff))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $again (local.get $rounds))))
  (func (export "grow") (param $count i32)
    (drop (table.grow $growing (ref.func $something) (local.get $count)))))
