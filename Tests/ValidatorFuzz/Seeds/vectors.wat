;; Vectors: loads, stores, lanes, arithmetic, shuffles.
(module
  (memory 1 2)
  (func (export "blend") (param i32 i32)
    (v128.store offset=16 (local.get 0)
      (i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31 (v128.load (local.get 0)) (v128.load (local.get 1)))))
  (func (export "lanes") (param i32) (result i32)
    (i32.add (i32x4.extract_lane 2 (v128.load32_splat (local.get 0)))
      (i8x16.extract_lane_u 5 (i8x16.add (v128.load (local.get 0)) (i8x16.splat (local.get 0))))))
  (func (export "dot") (param i32 i32) (result f32) (local v128)
    (local.set 2 (f32x4.mul (v128.load (local.get 0)) (v128.load offset=32 (local.get 1))))
    (f32.add (f32x4.extract_lane 0 (local.get 2)) (f32x4.extract_lane 3 (local.get 2))))
  (func (export "lane_store") (param i32)
    (v128.store16_lane offset=2 3 (local.get 0) (v128.load64_zero (local.get 0)))))
