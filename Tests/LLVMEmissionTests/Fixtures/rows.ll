tile (b0: read f32, b1: write f32) grid [3] {
  compute b1[8*g0] by [1] over (8) add (24) of %0 with (b0[192*g0] by [24, 1])
}
// ---
define void @kernel(ptr noalias nocapture readonly %buffers, ptr nocapture readonly %arguments, i64 %task, ptr noalias nocapture %scratch) #0 {
entry:
  %v0 = getelementptr inbounds ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0, align 8
  %v2 = getelementptr inbounds ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2, align 8
  br label %head0
head0:
  %head0.i = phi i64 [ 0, %entry ], [ %v28, %exit5 ]
  %v4 = icmp slt i64 %head0.i, 8
  br i1 %v4, label %body1, label %exit2
body1:
  br label %head3
head3:
  %head3.i = phi i64 [ 0, %body1 ], [ %v13, %body4 ]
  %head3.c0 = phi <8 x float> [ splat (float 0x0000000000000000), %body1 ], [ %v12, %body4 ]
  %v5 = icmp slt i64 %head3.i, 24
  br i1 %v5, label %body4, label %exit5
body4:
  %v6 = mul nsw i64 %task, 192
  %v7 = mul nsw i64 %head0.i, 24
  %v8 = add nsw i64 %v7, %v6
  %v9 = add nsw i64 %head3.i, %v8
  %v10 = getelementptr inbounds float, ptr %v1, i64 %v9
  %v11 = load <8 x float>, ptr %v10, align 4
  %v12 = fadd <8 x float> %head3.c0, %v11
  %v13 = add nsw i64 %head3.i, 8
  br label %head3
exit5:
  %v14 = shufflevector <8 x float> %head3.c0, <8 x float> poison, <4 x i32> <i32 0, i32 1, i32 2, i32 3>
  %v15 = shufflevector <8 x float> %head3.c0, <8 x float> poison, <4 x i32> <i32 4, i32 5, i32 6, i32 7>
  %v16 = fadd <4 x float> %v14, %v15
  %v17 = shufflevector <4 x float> %v16, <4 x float> poison, <2 x i32> <i32 0, i32 1>
  %v18 = shufflevector <4 x float> %v16, <4 x float> poison, <2 x i32> <i32 2, i32 3>
  %v19 = fadd <2 x float> %v17, %v18
  %v20 = shufflevector <2 x float> %v19, <2 x float> poison, <1 x i32> <i32 0>
  %v21 = extractelement <1 x float> %v20, i64 0
  %v22 = shufflevector <2 x float> %v19, <2 x float> poison, <1 x i32> <i32 1>
  %v23 = extractelement <1 x float> %v22, i64 0
  %v24 = fadd float %v21, %v23
  %v25 = mul nsw i64 %task, 8
  %v26 = add nsw i64 %head0.i, %v25
  %v27 = getelementptr inbounds float, ptr %v3, i64 %v26
  store float %v24, ptr %v27, align 4
  %v28 = add nsw i64 %head0.i, 1
  br label %head0
exit2:
  ret void
}

attributes #0 = { nounwind "prefer-vector-width"="256" "min-legal-vector-width"="256" }
