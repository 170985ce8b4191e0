tile (b0: read f32, b1: read f32, b2: write f32) grid [4] {
  compute b2[100*g0] by [1] over (100) of relu(add(%0, %1)) with (b0[100*g0] by [1], b1[0] by [0])
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
  br label %head0
head0:
  %head0.i = phi i64 [ 0, %entry ], [ %v20, %body1 ]
  %v6 = icmp slt i64 %head0.i, 96
  br i1 %v6, label %body1, label %exit2
body1:
  %v7 = mul nsw i64 %task, 100
  %v8 = add nsw i64 %head0.i, %v7
  %v9 = getelementptr inbounds float, ptr %v1, i64 %v8
  %v10 = load <8 x float>, ptr %v9, align 4
  %v11 = load float, ptr %v3, align 4
  %v12 = insertelement <8 x float> poison, float %v11, i64 0
  %v13 = shufflevector <8 x float> %v12, <8 x float> poison, <8 x i32> zeroinitializer
  %v14 = fadd <8 x float> %v10, %v13
  %v15 = fcmp olt <8 x float> %v14, splat (float 0x0000000000000000)
  %v16 = select <8 x i1> %v15, <8 x float> splat (float 0x0000000000000000), <8 x float> %v14
  %v17 = mul nsw i64 %task, 100
  %v18 = add nsw i64 %head0.i, %v17
  %v19 = getelementptr inbounds float, ptr %v5, i64 %v18
  store <8 x float> %v16, ptr %v19, align 4
  %v20 = add nsw i64 %head0.i, 8
  br label %head0
exit2:
  %v21 = trunc i64 4 to i32
  %v22 = insertelement <8 x i32> poison, i32 %v21, i64 0
  %v23 = shufflevector <8 x i32> %v22, <8 x i32> poison, <8 x i32> zeroinitializer
  %v24 = icmp slt <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>, %v23
  %v25 = mul nsw i64 %task, 100
  %v26 = add nsw i64 96, %v25
  %v27 = getelementptr inbounds float, ptr %v1, i64 %v26
  %v28 = call <8 x float> @llvm.masked.load.v8f32.p0(ptr %v27, i32 4, <8 x i1> %v24, <8 x float> zeroinitializer)
  %v29 = load float, ptr %v3, align 4
  %v30 = insertelement <8 x float> poison, float %v29, i64 0
  %v31 = shufflevector <8 x float> %v30, <8 x float> poison, <8 x i32> zeroinitializer
  %v32 = fadd <8 x float> %v28, %v31
  %v33 = fcmp olt <8 x float> %v32, splat (float 0x0000000000000000)
  %v34 = select <8 x i1> %v33, <8 x float> splat (float 0x0000000000000000), <8 x float> %v32
  %v35 = mul nsw i64 %task, 100
  %v36 = add nsw i64 96, %v35
  %v37 = getelementptr inbounds float, ptr %v5, i64 %v36
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v34, ptr %v37, i32 4, <8 x i1> %v24)
  ret void
}

attributes #0 = { nounwind "prefer-vector-width"="256" "min-legal-vector-width"="256" }
