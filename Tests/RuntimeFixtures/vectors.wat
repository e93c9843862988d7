;; Vectors across every border: more of them than registers, in both directions, in globals, and through a table to another
;; instance.
(module
  (type $many
    (func (param v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 i32) (result v128 v128 v128 v128)))
  (import "host" "mix" (func $mix (param v128 i32 f32 v128) (result v128 f64 v128 v128)))
  (table (export "table") 4 funcref)
  (global $kept (export "kept") (mut v128) (v128.const i64x2 1 2))
  (global $fixed (export "fixed") v128 (v128.const i32x4 1 2 3 4))
  (export "many" (func $many))

  ;; Operands 9, 8, 1 and 0, each plus the number.
  (func $many (type $many)
    (i32x4.add (local.get 9) (i32x4.splat (local.get 10)))
    (i32x4.add (local.get 8) (i32x4.splat (local.get 10)))
    (i32x4.add (local.get 1) (i32x4.splat (local.get 10)))
    (i32x4.add (local.get 0) (i32x4.splat (local.get 10))))

  (func (export "throughHost") (param v128 v128) (result v128 f64 v128 v128)
    (call $mix (local.get 0) (i32.const 7) (f32.const 1.5) (local.get 1)))

  ;; Calls entry `0` of the table with ten vectors, lane 0 of each its number.
  (func (export "throughTable") (param i32) (result v128 v128 v128 v128)
    (call_indirect (type $many)
      (v128.const i32x4 0 9 9 9) (v128.const i32x4 1 9 9 9) (v128.const i32x4 2 9 9 9) (v128.const i32x4 3 9 9 9)
      (v128.const i32x4 4 9 9 9) (v128.const i32x4 5 9 9 9) (v128.const i32x4 6 9 9 9) (v128.const i32x4 7 9 9 9)
      (v128.const i32x4 8 9 9 9) (v128.const i32x4 9 9 9 9) (i32.const 100) (local.get 0)))

  (func (export "keep") (param v128) (result v128)
    (global.get $kept)
    (global.set $kept (v128.xor (local.get 0) (global.get $fixed))))

  ;; Twenty values alive across a call: spilled, 16 bytes each.
  (func (export "spilled") (param v128 i32) (result v128)
    (local v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128 v128)
    (local.set 2 (i32x4.add (local.get 0) (local.get 0)))
    (local.set 3 (i32x4.add (local.get 2) (local.get 0)))
    (local.set 4 (i32x4.add (local.get 3) (local.get 0)))
    (local.set 5 (i32x4.add (local.get 4) (local.get 0)))
    (local.set 6 (i32x4.add (local.get 5) (local.get 0)))
    (local.set 7 (i32x4.add (local.get 6) (local.get 0)))
    (local.set 8 (i32x4.add (local.get 7) (local.get 0)))
    (local.set 9 (i32x4.add (local.get 8) (local.get 0)))
    (local.set 10 (i32x4.add (local.get 9) (local.get 0)))
    (local.set 11 (i32x4.add (local.get 10) (local.get 0)))
    (drop (drop (drop (drop (call $mix (local.get 0) (local.get 1) (f32.const 0) (local.get 11))))))
    (i32x4.add (local.get 2)
      (i32x4.add (local.get 3)
        (i32x4.add (local.get 4)
          (i32x4.add (local.get 5)
            (i32x4.add (local.get 6)
              (i32x4.add (local.get 7)
                (i32x4.add (local.get 8)
                  (i32x4.add (local.get 9) (i32x4.add (local.get 10) (local.get 11)))))))))))
)
