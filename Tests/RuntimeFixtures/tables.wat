;; A shared table and shared globals, to be linked with importer.wat.
(module
  (type $unary (func (param i32) (result i32)))
  (table (export "table") 4 8 funcref)
  (memory (export "memory") 1)
  (global (export "counter") (mut i32) (i32.const 10))
  (global (export "function") (mut funcref) (ref.null func))
  (func $increment (export "increment") (type $unary) (i32.add (local.get 0) (i32.const 1)))
  (func (export "apply") (param i32 i32) (result i32)
    (call_indirect (type $unary) (local.get 1) (local.get 0)))
  (func (export "counterValue") (result i32) (global.get 0))
  (func (export "trap") (type $unary) (unreachable))
  (elem (i32.const 0) $increment))
