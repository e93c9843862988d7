;; A memory of 64-bit indices.
(module
  (memory i64 1 16)
  (func (export "sum") (param $p i64) (param $n i64) (result i64) (local $s i64)
    (loop $l
      (local.set $s (i64.add (local.get $s) (i64.load offset=8 (local.get $p))))
      (local.set $p (i64.add (local.get $p) (i64.const 8)))
      (br_if $l (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $s))
  (func (export "store") (param i64 i32)
    (i32.store8 offset=4294967300 (local.get 0) (local.get 1))
    (i32.store offset=3 (local.get 0) (local.get 1)))
  (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0))))
