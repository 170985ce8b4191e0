tile (b0: read f32, b1: read f32, b2: write f32) grid [2] {
  contract b2[32*g0] by 16 = b0[10*g0] by 5 x panels b1[0] of 16, rows 2, columns 16, depth (5 by 1), registers 2 by 2
}
// ---
define void @kernel(ptr noalias nocapture readonly %buffers, ptr nocapture readonly %arguments, i64 %task, ptr noalias nocapture %scratch) #0 {
entry:
  %v0 = getelementptr inbounds ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0, align 8
  %v2 = getelementptr inbounds ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2, align 8
  %v4 = getelementptr inbounds ptr, ptr %buffers, i64 2
  %v5 = load ptr, ptr %v4, align 8
  %v6 = mul nsw i64 %task, 10
  %v7 = getelementptr inbounds float, ptr %v1, i64 %v6
  %v8 = mul nsw i64 %task, 32
  %v9 = getelementptr inbounds float, ptr %v5, i64 %v8
  br label %head0
head0:
  %head0.i = phi i64 [ 0, %entry ], [ %v36, %exit5 ]
  %v10 = icmp slt i64 %head0.i, 16
  br i1 %v10, label %body1, label %exit2
body1:
  %v11 = mul nsw i64 %head0.i, 5
  %v12 = getelementptr inbounds float, ptr %v3, i64 %v11
  %v13 = getelementptr inbounds float, ptr %v9, i64 %head0.i
  br label %head3
head3:
  %head3.i = phi i64 [ 0, %body1 ], [ %v32, %body4 ]
  %head3.c0 = phi <8 x float> [ splat (float 0x0000000000000000), %body1 ], [ %v24, %body4 ]
  %head3.c1 = phi <8 x float> [ splat (float 0x0000000000000000), %body1 ], [ %v25, %body4 ]
  %head3.c2 = phi <8 x float> [ splat (float 0x0000000000000000), %body1 ], [ %v30, %body4 ]
  %head3.c3 = phi <8 x float> [ splat (float 0x0000000000000000), %body1 ], [ %v31, %body4 ]
  %v14 = icmp slt i64 %head3.i, 5
  br i1 %v14, label %body4, label %exit5
body4:
  %v15 = getelementptr inbounds float, ptr %v7, i64 %head3.i
  %v16 = mul nsw i64 %head3.i, 16
  %v17 = getelementptr inbounds float, ptr %v12, i64 %v16
  %v18 = load <8 x float>, ptr %v17, align 4
  %v19 = getelementptr inbounds float, ptr %v17, i64 8
  %v20 = load <8 x float>, ptr %v19, align 4
  %v21 = load float, ptr %v15, align 4
  %v22 = insertelement <8 x float> poison, float %v21, i64 0
  %v23 = shufflevector <8 x float> %v22, <8 x float> poison, <8 x i32> zeroinitializer
  %v24 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v23, <8 x float> %v18, <8 x float> %head3.c0)
  %v25 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v23, <8 x float> %v20, <8 x float> %head3.c1)
  %v26 = getelementptr inbounds float, ptr %v15, i64 5
  %v27 = load float, ptr %v26, align 4
  %v28 = insertelement <8 x float> poison, float %v27, i64 0
  %v29 = shufflevector <8 x float> %v28, <8 x float> poison, <8 x i32> zeroinitializer
  %v30 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v29, <8 x float> %v18, <8 x float> %head3.c2)
  %v31 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v29, <8 x float> %v20, <8 x float> %head3.c3)
  %v32 = add nsw i64 %head3.i, 1
  br label %head3
exit5:
  store <8 x float> %head3.c0, ptr %v13, align 4
  %v33 = getelementptr inbounds float, ptr %v13, i64 8
  store <8 x float> %head3.c1, ptr %v33, align 4
  %v34 = getelementptr inbounds float, ptr %v13, i64 16
  store <8 x float> %head3.c2, ptr %v34, align 4
  %v35 = getelementptr inbounds float, ptr %v13, i64 24
  store <8 x float> %head3.c3, ptr %v35, align 4
  %v36 = add nsw i64 %head0.i, 16
  br label %head0
exit2:
  ret void
}

attributes #0 = { nounwind "prefer-vector-width"="256" "min-legal-vector-width"="256" }
