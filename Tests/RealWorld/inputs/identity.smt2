; x + y = (x xor y) + 2 (x and y) for all x and y: unsatisfiable if it is denied.
(set-logic QF_BV)
(declare-fun x () (_ BitVec 24))
(declare-fun y () (_ BitVec 24))
(assert (not (= (bvadd x y) (bvadd (bvxor x y) (bvshl (bvand x y) #x000001)))))
(check-sat)
