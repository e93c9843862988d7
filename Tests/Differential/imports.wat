;; What generated modules may import; both engines answer these calls in the same way.
(module
  (import "host" "nothing" (func))
  (import "host" "i32" (func (param i32) (result i32)))
  (import "host" "i64" (func (param i64 i64) (result i64)))
  (import "host" "floats" (func (param f32 f64) (result f64)))
  (import "host" "f32" (func (param i32) (result f32)))
  (import "host" "several" (func (param i32 i64 f64) (result f64 i32 i64)))
  (import "host" "many" (func (param i64 i64 i64 i64 i64 i64 i64 i64 f64 f64 f64 f64 f64 f64 f64 f64 f64) (result i32)))
  (import "host" "reference" (func (param funcref) (result externref))))
