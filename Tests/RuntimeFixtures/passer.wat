;; No exceptions of its own: what it calls may throw through it.
(module
  (import "thrower" "throw" (func $throw (param i32 f64)))
  (import "thrower" "throw_private" (func $private (param i64)))
  (import "thrower" "trap" (func $trap))
  (func (export "throw") (param i32 f64) (call $throw (local.get 0) (local.get 1)))
  (func (export "throw_private") (param i64) (call $private (local.get 0)))
  (func (export "trap") (call $trap)))
