        frobnicate r1, r2
        ldi r3, 1
