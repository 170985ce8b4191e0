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
  %head0.i = phi i64 [ 0, %entry ], [ %v42, %exit5 ]
  %v10 = icmp slt i64 %head0.i, 16
  br i1 %v10, label %body1, label %exit2
body1:
  %v11 = mul nsw i64 %head0.i, 5
  %v12 = getelementptr inbounds float, ptr %v3, i64 %v11
  %v13 = getelementptr inbounds float, ptr %v9, i64 %head0.i
  br label %head3
head3:
  %head3.i = phi i64 [ 0, %body1 ], [ %v41, %exit8 ]
  %v14 = icmp slt i64 %head3.i, 2
  br i1 %v14, label %body4, label %exit5
body4:
  %v15 = mul nsw i64 %head3.i, 5
  %v16 = getelementptr inbounds float, ptr %v7, i64 %v15
  br label %head6
head6:
  %head6.i = phi i64 [ 0, %body4 ], [ %v35, %body7 ]
  %head6.c0 = phi <8 x float> [ splat (float 0x0000000000000000), %body4 ], [ %v27, %body7 ]
  %head6.c1 = phi <8 x float> [ splat (float 0x0000000000000000), %body4 ], [ %v28, %body7 ]
  %head6.c2 = phi <8 x float> [ splat (float 0x0000000000000000), %body4 ], [ %v33, %body7 ]
  %head6.c3 = phi <8 x float> [ splat (float 0x0000000000000000), %body4 ], [ %v34, %body7 ]
  %v17 = icmp slt i64 %head6.i, 5
  br i1 %v17, label %body7, label %exit8
body7:
  %v18 = getelementptr inbounds float, ptr %v16, i64 %head6.i
  %v19 = mul nsw i64 %head6.i, 16
  %v20 = getelementptr inbounds float, ptr %v12, i64 %v19
  %v21 = load <8 x float>, ptr %v20, align 4
  %v22 = getelementptr inbounds float, ptr %v20, i64 8
  %v23 = load <8 x float>, ptr %v22, align 4
  %v24 = load float, ptr %v18, align 4
  %v25 = insertelement <8 x float> poison, float %v24, i64 0
  %v26 = shufflevector <8 x float> %v25, <8 x float> poison, <8 x i32> zeroinitializer
  %v27 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v26, <8 x float> %v21, <8 x float> %head6.c0)
  %v28 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v26, <8 x float> %v23, <8 x float> %head6.c1)
  %v29 = getelementptr inbounds float, ptr %v18, i64 5
  %v30 = load float, ptr %v29, align 4
  %v31 = insertelement <8 x float> poison, float %v30, i64 0
  %v32 = shufflevector <8 x float> %v31, <8 x float> poison, <8 x i32> zeroinitializer
  %v33 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v32, <8 x float> %v21, <8 x float> %head6.c2)
  %v34 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v32, <8 x float> %v23, <8 x float> %head6.c3)
  %v35 = add nsw i64 %head6.i, 1
  br label %head6
exit8:
  %v36 = mul nsw i64 %head3.i, 16
  %v37 = getelementptr inbounds float, ptr %v13, i64 %v36
  store <8 x float> %head6.c0, ptr %v37, align 4
  %v38 = getelementptr inbounds float, ptr %v37, i64 8
  store <8 x float> %head6.c1, ptr %v38, align 4
  %v39 = getelementptr inbounds float, ptr %v37, i64 16
  store <8 x float> %head6.c2, ptr %v39, align 4
  %v40 = getelementptr inbounds float, ptr %v37, i64 24
  store <8 x float> %head6.c3, ptr %v40, align 4
  %v41 = add nsw i64 %head3.i, 2
  br label %head3
exit5:
  %v42 = add nsw i64 %head0.i, 16
  br label %head0
exit2:
  ret void
}

attributes #0 = { nounwind "prefer-vector-width"="256" "min-legal-vector-width"="256" }
