;; Loads and stores of every size, static offsets, loops over memory, memory.grow.
(module
  (memory (export "m") 1 4)
  (func (export "sizes") (param i32 i64) (result i64)
    (i32.store8 offset=3 (local.get 0) (i32.wrap_i64 (local.get 1)))
    (i32.store16 offset=65530 (local.get 0) (i32.wrap_i64 (local.get 1)))
    (i64.store offset=16 (local.get 0) (local.get 1))
    (i64.store32 (local.get 0) (local.get 1))
    (i64.add (i64.load8_s (local.get 0)) (i64.add (i64.load16_u offset=7 (local.get 0)) (i64.load32_s offset=100 (local.get 0)))))
  (func (export "fill") (param $at i32) (param $n i32) (param $v i32)
    (loop $next
      (if (local.get $n) (then
        (i32.store (local.get $at) (i32.add (local.get $v) (i32.load offset=4 (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))))
  (func (export "scaled") (param $i i32) (result f64)
    (f64.store offset=32 (i32.shl (i32.and (local.get $i) (i32.const 1023)) (i32.const 3)) (f64.const 1.5))
    (f64.load (i32.mul (local.get $i) (i32.const 8))))
  (func (export "grow") (param i32) (result i32)
    (i32.add (memory.grow (local.get 0)) (memory.size)))
  (func (export "chase") (param $p i32) (result i32) (local $n i32)
    (loop $l
      (local.set $p (i32.load (local.get $p)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $l (i32.and (i32.lt_u (local.get $n) (i32.const 100)) (i32.ne (local.get $p) (i32.const 0)))))
    (local.get $p)))
