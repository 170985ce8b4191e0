tile (b0: read f32, b1: write f32) grid [2] {
  pack b1[128*g0] of 16 = b0[16*g0] by 1, columns min(16, 20-(16*g0)), depth (8 by 20)
}
// ---
define void @kernel(ptr noalias nocapture readonly %buffers, ptr nocapture readonly %arguments, i64 %task, ptr noalias nocapture %scratch) #0 {
entry:
  %v0 = getelementptr inbounds ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0, align 8
  %v2 = getelementptr inbounds ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2, align 8
  %v4 = mul nsw i64 %task, 16
  %v5 = sub nsw i64 20, %v4
  %v6 = call i64 @llvm.smin.i64(i64 16, i64 %v5)
  %v7 = call i64 @llvm.smax.i64(i64 %v6, i64 0)
  %v8 = mul nsw i64 %task, 16
  %v9 = getelementptr inbounds float, ptr %v1, i64 %v8
  %v10 = mul nsw i64 %task, 128
  %v11 = getelementptr inbounds float, ptr %v3, i64 %v10
  br label %head0
head0:
  %head0.i = phi i64 [ 0, %entry ], [ %v31, %body1 ]
  %v12 = icmp slt i64 %head0.i, 8
  br i1 %v12, label %body1, label %exit2
body1:
  %v13 = mul nsw i64 %head0.i, 20
  %v14 = getelementptr inbounds float, ptr %v9, i64 %v13
  %v15 = mul nsw i64 %head0.i, 16
  %v16 = getelementptr inbounds float, ptr %v11, i64 %v15
  %v17 = sub nsw i64 %v7, 0
  %v18 = trunc i64 %v17 to i32
  %v19 = insertelement <8 x i32> poison, i32 %v18, i64 0
  %v20 = shufflevector <8 x i32> %v19, <8 x i32> poison, <8 x i32> zeroinitializer
  %v21 = icmp slt <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>, %v20
  %v22 = call <8 x float> @llvm.masked.load.v8f32.p0(ptr %v14, i32 4, <8 x i1> %v21, <8 x float> zeroinitializer)
  store <8 x float> %v22, ptr %v16, align 4
  %v23 = sub nsw i64 %v7, 8
  %v24 = trunc i64 %v23 to i32
  %v25 = insertelement <8 x i32> poison, i32 %v24, i64 0
  %v26 = shufflevector <8 x i32> %v25, <8 x i32> poison, <8 x i32> zeroinitializer
  %v27 = icmp slt <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>, %v26
  %v28 = getelementptr inbounds float, ptr %v14, i64 8
  %v29 = call <8 x float> @llvm.masked.load.v8f32.p0(ptr %v28, i32 4, <8 x i1> %v27, <8 x float> zeroinitializer)
  %v30 = getelementptr inbounds float, ptr %v16, i64 8
  store <8 x float> %v29, ptr %v30, align 4
  %v31 = add nsw i64 %head0.i, 1
  br label %head0
exit2:
  ret void
}

attributes #0 = { nounwind "prefer-vector-width"="256" "min-legal-vector-width"="256" }
