;; Floating point, conversions, constants in read-only data, mixed with memory.
(module
  (memory 1 1)
  (func (export "poly") (param f64) (result f64)
    (f64.add (f64.mul (f64.mul (local.get 0) (local.get 0)) (f64.const 0.5)) (f64.neg (f64.abs (local.get 0)))))
  (func (export "sum") (param $p i32) (param $n i32) (result f32) (local $s f32)
    (loop $l
      (local.set $s (f32.add (local.get $s) (f32.load (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $l (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
    (local.get $s))
  (func (export "convert") (param f64 f32) (result i64)
    (i64.add (i64.trunc_f64_s (local.get 0)) (i64.extend_i32_u (i32.trunc_sat_f32_u (local.get 1)))))
  (func (export "unsigned") (param i64 i32) (result f64)
    (f64.add (f64.convert_i64_u (local.get 0)) (f64.sqrt (f64.convert_i32_s (local.get 1)))))
  (func (export "minmax") (param f64 f64) (result f64)
    (f64.min (f64.max (local.get 0) (local.get 1)) (f64.copysign (f64.ceil (local.get 0)) (local.get 1))))
  (func (export "at") (param f64) (result i32)
    (i32.load16_s (i32.trunc_sat_f64_u (local.get 0)))))
