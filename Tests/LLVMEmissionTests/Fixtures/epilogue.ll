tile (b0: read f32, b1: read f32, b2: write f32, b3: read f32) grid [2] {
  contract b2[26*g0] by 13 = b0[10*g0] by 5 x panels b1[0] of 16, rows 2, columns 13, depth (5 by 1), registers 2 by 2, storing relu(add(%0, %1)) with (b3[0] by [0, 1])
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
  %v6 = getelementptr inbounds ptr, ptr %buffers, i64 3
  %v7 = load ptr, ptr %v6, align 8
  %v8 = mul nsw i64 %task, 10
  %v9 = getelementptr inbounds float, ptr %v1, i64 %v8
  %v10 = mul nsw i64 %task, 26
  %v11 = getelementptr inbounds float, ptr %v5, i64 %v10
  br label %head0
head0:
  %head0.i = phi i64 [ 0, %entry ], [ %v67, %exit5 ]
  %v12 = icmp slt i64 %head0.i, 13
  br i1 %v12, label %body1, label %exit2
body1:
  %v13 = mul nsw i64 %head0.i, 5
  %v14 = getelementptr inbounds float, ptr %v3, i64 %v13
  %v15 = getelementptr inbounds float, ptr %v11, i64 %head0.i
  %v16 = sub nsw i64 13, %head0.i
  br label %head3
head3:
  %head3.i = phi i64 [ 0, %body1 ], [ %v35, %body4 ]
  %head3.c0 = phi <8 x float> [ splat (float 0x0000000000000000), %body1 ], [ %v27, %body4 ]
  %head3.c1 = phi <8 x float> [ splat (float 0x0000000000000000), %body1 ], [ %v28, %body4 ]
  %head3.c2 = phi <8 x float> [ splat (float 0x0000000000000000), %body1 ], [ %v33, %body4 ]
  %head3.c3 = phi <8 x float> [ splat (float 0x0000000000000000), %body1 ], [ %v34, %body4 ]
  %v17 = icmp slt i64 %head3.i, 5
  br i1 %v17, label %body4, label %exit5
body4:
  %v18 = getelementptr inbounds float, ptr %v9, i64 %head3.i
  %v19 = mul nsw i64 %head3.i, 16
  %v20 = getelementptr inbounds float, ptr %v14, i64 %v19
  %v21 = load <8 x float>, ptr %v20, align 4
  %v22 = getelementptr inbounds float, ptr %v20, i64 8
  %v23 = load <8 x float>, ptr %v22, align 4
  %v24 = load float, ptr %v18, align 4
  %v25 = insertelement <8 x float> poison, float %v24, i64 0
  %v26 = shufflevector <8 x float> %v25, <8 x float> poison, <8 x i32> zeroinitializer
  %v27 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v26, <8 x float> %v21, <8 x float> %head3.c0)
  %v28 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v26, <8 x float> %v23, <8 x float> %head3.c1)
  %v29 = getelementptr inbounds float, ptr %v18, i64 5
  %v30 = load float, ptr %v29, align 4
  %v31 = insertelement <8 x float> poison, float %v30, i64 0
  %v32 = shufflevector <8 x float> %v31, <8 x float> poison, <8 x i32> zeroinitializer
  %v33 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v32, <8 x float> %v21, <8 x float> %head3.c2)
  %v34 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v32, <8 x float> %v23, <8 x float> %head3.c3)
  %v35 = add nsw i64 %head3.i, 1
  br label %head3
exit5:
  %v36 = sub nsw i64 %v16, 0
  %v37 = call i64 @llvm.smin.i64(i64 %v36, i64 8)
  %v38 = trunc i64 %v37 to i32
  %v39 = insertelement <8 x i32> poison, i32 %v38, i64 0
  %v40 = shufflevector <8 x i32> %v39, <8 x i32> poison, <8 x i32> zeroinitializer
  %v41 = icmp slt <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>, %v40
  %v42 = sub nsw i64 %v16, 8
  %v43 = call i64 @llvm.smin.i64(i64 %v42, i64 8)
  %v44 = trunc i64 %v43 to i32
  %v45 = insertelement <8 x i32> poison, i32 %v44, i64 0
  %v46 = shufflevector <8 x i32> %v45, <8 x i32> poison, <8 x i32> zeroinitializer
  %v47 = icmp slt <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>, %v46
  %v48 = getelementptr inbounds float, ptr %v7, i64 %head0.i
  %v49 = call <8 x float> @llvm.masked.load.v8f32.p0(ptr %v48, i32 4, <8 x i1> %v41, <8 x float> zeroinitializer)
  %v50 = getelementptr inbounds float, ptr %v48, i64 8
  %v51 = call <8 x float> @llvm.masked.load.v8f32.p0(ptr %v50, i32 4, <8 x i1> %v47, <8 x float> zeroinitializer)
  %v52 = fadd <8 x float> %head3.c0, %v49
  %v53 = fcmp olt <8 x float> %v52, splat (float 0x0000000000000000)
  %v54 = select <8 x i1> %v53, <8 x float> splat (float 0x0000000000000000), <8 x float> %v52
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v54, ptr %v15, i32 4, <8 x i1> %v41)
  %v55 = fadd <8 x float> %head3.c1, %v51
  %v56 = fcmp olt <8 x float> %v55, splat (float 0x0000000000000000)
  %v57 = select <8 x i1> %v56, <8 x float> splat (float 0x0000000000000000), <8 x float> %v55
  %v58 = getelementptr inbounds float, ptr %v15, i64 8
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v57, ptr %v58, i32 4, <8 x i1> %v47)
  %v59 = fadd <8 x float> %head3.c2, %v49
  %v60 = fcmp olt <8 x float> %v59, splat (float 0x0000000000000000)
  %v61 = select <8 x i1> %v60, <8 x float> splat (float 0x0000000000000000), <8 x float> %v59
  %v62 = getelementptr inbounds float, ptr %v15, i64 13
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v61, ptr %v62, i32 4, <8 x i1> %v41)
  %v63 = fadd <8 x float> %head3.c3, %v51
  %v64 = fcmp olt <8 x float> %v63, splat (float 0x0000000000000000)
  %v65 = select <8 x i1> %v64, <8 x float> splat (float 0x0000000000000000), <8 x float> %v63
  %v66 = getelementptr inbounds float, ptr %v15, i64 21
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v65, ptr %v66, i32 4, <8 x i1> %v47)
  %v67 = add nsw i64 %head0.i, 16
  br label %head0
exit2:
  ret void
}

attributes #0 = { nounwind "prefer-vector-width"="256" "min-legal-vector-width"="256" }
