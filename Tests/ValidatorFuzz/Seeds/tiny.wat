;; As little code as there can be, with a bit of everything that headers and metadata declare.
(module
  (import "h" "g" (global (mut i64)))
  (memory 1 1)
  (table 2 4 funcref)
  (table (export "t") 1 8 externref)
  (global (mut i32) (i32.const 1))
  (global (export "r") (mut externref) (ref.null extern))
  (elem declare func $f)
  (func $f (export "f") (param i32) (result i32) (i32.load (local.get 0))))
