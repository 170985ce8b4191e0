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
  %head0.i = phi i64 [ 0, %entry ], [ %v73, %exit5 ]
  %v12 = icmp slt i64 %head0.i, 13
  br i1 %v12, label %body1, label %exit2
body1:
  %v13 = mul nsw i64 %head0.i, 5
  %v14 = getelementptr inbounds float, ptr %v3, i64 %v13
  %v15 = getelementptr inbounds float, ptr %v11, i64 %head0.i
  %v16 = sub nsw i64 13, %head0.i
  br label %head3
head3:
  %head3.i = phi i64 [ 0, %body1 ], [ %v72, %exit8 ]
  %v17 = icmp slt i64 %head3.i, 2
  br i1 %v17, label %body4, label %exit5
body4:
  %v18 = mul nsw i64 %head3.i, 5
  %v19 = getelementptr inbounds float, ptr %v9, i64 %v18
  br label %head6
head6:
  %head6.i = phi i64 [ 0, %body4 ], [ %v38, %body7 ]
  %head6.c0 = phi <8 x float> [ splat (float 0x0000000000000000), %body4 ], [ %v30, %body7 ]
  %head6.c1 = phi <8 x float> [ splat (float 0x0000000000000000), %body4 ], [ %v31, %body7 ]
  %head6.c2 = phi <8 x float> [ splat (float 0x0000000000000000), %body4 ], [ %v36, %body7 ]
  %head6.c3 = phi <8 x float> [ splat (float 0x0000000000000000), %body4 ], [ %v37, %body7 ]
  %v20 = icmp slt i64 %head6.i, 5
  br i1 %v20, label %body7, label %exit8
body7:
  %v21 = getelementptr inbounds float, ptr %v19, i64 %head6.i
  %v22 = mul nsw i64 %head6.i, 16
  %v23 = getelementptr inbounds float, ptr %v14, i64 %v22
  %v24 = load <8 x float>, ptr %v23, align 4
  %v25 = getelementptr inbounds float, ptr %v23, i64 8
  %v26 = load <8 x float>, ptr %v25, align 4
  %v27 = load float, ptr %v21, align 4
  %v28 = insertelement <8 x float> poison, float %v27, i64 0
  %v29 = shufflevector <8 x float> %v28, <8 x float> poison, <8 x i32> zeroinitializer
  %v30 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v29, <8 x float> %v24, <8 x float> %head6.c0)
  %v31 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v29, <8 x float> %v26, <8 x float> %head6.c1)
  %v32 = getelementptr inbounds float, ptr %v21, i64 5
  %v33 = load float, ptr %v32, align 4
  %v34 = insertelement <8 x float> poison, float %v33, i64 0
  %v35 = shufflevector <8 x float> %v34, <8 x float> poison, <8 x i32> zeroinitializer
  %v36 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v35, <8 x float> %v24, <8 x float> %head6.c2)
  %v37 = call <8 x float> @llvm.fma.v8f32(<8 x float> %v35, <8 x float> %v26, <8 x float> %head6.c3)
  %v38 = add nsw i64 %head6.i, 1
  br label %head6
exit8:
  %v39 = mul nsw i64 %head3.i, 13
  %v40 = getelementptr inbounds float, ptr %v15, i64 %v39
  %v41 = sub nsw i64 %v16, 0
  %v42 = call i64 @llvm.smin.i64(i64 %v41, i64 8)
  %v43 = trunc i64 %v42 to i32
  %v44 = insertelement <8 x i32> poison, i32 %v43, i64 0
  %v45 = shufflevector <8 x i32> %v44, <8 x i32> poison, <8 x i32> zeroinitializer
  %v46 = icmp slt <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>, %v45
  %v47 = sub nsw i64 %v16, 8
  %v48 = call i64 @llvm.smin.i64(i64 %v47, i64 8)
  %v49 = trunc i64 %v48 to i32
  %v50 = insertelement <8 x i32> poison, i32 %v49, i64 0
  %v51 = shufflevector <8 x i32> %v50, <8 x i32> poison, <8 x i32> zeroinitializer
  %v52 = icmp slt <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>, %v51
  %v53 = getelementptr inbounds float, ptr %v7, i64 %head0.i
  %v54 = call <8 x float> @llvm.masked.load.v8f32.p0(ptr %v53, i32 4, <8 x i1> %v46, <8 x float> zeroinitializer)
  %v55 = getelementptr inbounds float, ptr %v53, i64 8
  %v56 = call <8 x float> @llvm.masked.load.v8f32.p0(ptr %v55, i32 4, <8 x i1> %v52, <8 x float> zeroinitializer)
  %v57 = fadd <8 x float> %head6.c0, %v54
  %v58 = fcmp olt <8 x float> %v57, splat (float 0x0000000000000000)
  %v59 = select <8 x i1> %v58, <8 x float> splat (float 0x0000000000000000), <8 x float> %v57
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v59, ptr %v40, i32 4, <8 x i1> %v46)
  %v60 = fadd <8 x float> %head6.c1, %v56
  %v61 = fcmp olt <8 x float> %v60, splat (float 0x0000000000000000)
  %v62 = select <8 x i1> %v61, <8 x float> splat (float 0x0000000000000000), <8 x float> %v60
  %v63 = getelementptr inbounds float, ptr %v40, i64 8
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v62, ptr %v63, i32 4, <8 x i1> %v52)
  %v64 = fadd <8 x float> %head6.c2, %v54
  %v65 = fcmp olt <8 x float> %v64, splat (float 0x0000000000000000)
  %v66 = select <8 x i1> %v65, <8 x float> splat (float 0x0000000000000000), <8 x float> %v64
  %v67 = getelementptr inbounds float, ptr %v40, i64 13
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v66, ptr %v67, i32 4, <8 x i1> %v46)
  %v68 = fadd <8 x float> %head6.c3, %v56
  %v69 = fcmp olt <8 x float> %v68, splat (float 0x0000000000000000)
  %v70 = select <8 x i1> %v69, <8 x float> splat (float 0x0000000000000000), <8 x float> %v68
  %v71 = getelementptr inbounds float, ptr %v40, i64 21
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v70, ptr %v71, i32 4, <8 x i1> %v52)
  %v72 = add nsw i64 %head3.i, 2
  br label %head3
exit5:
  %v73 = add nsw i64 %head0.i, 16
  br label %head0
exit2:
  ret void
}

attributes #0 = { nounwind "prefer-vector-width"="256" "min-legal-vector-width"="256" }
