tile (b0: read u64, b1: write f32) grid [] {
  random uniform b1[0] key b0[0] from 0, count 8
}
// ---
define void @kernel(ptr noalias nocapture readonly %buffers, ptr nocapture readonly %arguments, i64 %task, ptr noalias nocapture %scratch) #0 {
entry:
  %v0 = getelementptr inbounds ptr, ptr %buffers, i64 0
  %v1 = load ptr, ptr %v0, align 8
  %v2 = getelementptr inbounds ptr, ptr %buffers, i64 1
  %v3 = load ptr, ptr %v2, align 8
  %v4 = load i64, ptr %v1, align 8
  br label %head0
head0:
  %head0.i = phi i64 [ 0, %entry ], [ %v21, %body1 ]
  %v5 = icmp slt i64 %head0.i, 8
  br i1 %v5, label %body1, label %exit2
body1:
  %v6 = add nsw i64 %head0.i, 0
  %v7 = insertelement <8 x i64> poison, i64 %v6, i64 0
  %v8 = shufflevector <8 x i64> %v7, <8 x i64> poison, <8 x i32> zeroinitializer
  %v9 = add <8 x i64> %v8, <i64 0, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7>
  %v10 = call { <8 x i32>, <8 x i32> } @smalti.philox.v8(i64 %v4, <8 x i64> %v9)
  %v11 = extractvalue { <8 x i32>, <8 x i32> } %v10, 0
  %v12 = extractvalue { <8 x i32>, <8 x i32> } %v10, 1
  %v13 = call <8 x float> @smalti.uniform.v8f32(<8 x i32> %v11)
  %v14 = sub nsw i64 8, %head0.i
  %v15 = call i64 @llvm.smin.i64(i64 %v14, i64 8)
  %v16 = getelementptr inbounds float, ptr %v3, i64 %head0.i
  %v17 = trunc i64 %v15 to i32
  %v18 = insertelement <8 x i32> poison, i32 %v17, i64 0
  %v19 = shufflevector <8 x i32> %v18, <8 x i32> poison, <8 x i32> zeroinitializer
  %v20 = icmp slt <8 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7>, %v19
  call void @llvm.masked.store.v8f32.p0(<8 x float> %v13, ptr %v16, i32 4, <8 x i1> %v20)
  %v21 = add nsw i64 %head0.i, 8
  br label %head0
exit2:
  ret void
}

define internal { <8 x i32>, <8 x i32> } @smalti.philox.v8(i64 %key, <8 x i64> %counters) alwaysinline nounwind willreturn memory(none) {
entry:
  %v0 = and i64 %key, 4294967295
  %v1 = lshr i64 %key, 32
  %v2 = and <8 x i64> %counters, splat (i64 4294967295)
  %v3 = lshr <8 x i64> %counters, splat (i64 32)
  %v4 = mul <8 x i64> %v2, splat (i64 3528531795)
  %v5 = mul <8 x i64> splat (i64 0), splat (i64 3449720151)
  %v6 = insertelement <8 x i64> poison, i64 %v0, i64 0
  %v7 = shufflevector <8 x i64> %v6, <8 x i64> poison, <8 x i32> zeroinitializer
  %v8 = insertelement <8 x i64> poison, i64 %v1, i64 0
  %v9 = shufflevector <8 x i64> %v8, <8 x i64> poison, <8 x i32> zeroinitializer
  %v10 = lshr <8 x i64> %v5, splat (i64 32)
  %v11 = xor <8 x i64> %v10, %v3
  %v12 = xor <8 x i64> %v11, %v7
  %v13 = and <8 x i64> %v5, splat (i64 4294967295)
  %v14 = lshr <8 x i64> %v4, splat (i64 32)
  %v15 = xor <8 x i64> %v14, splat (i64 0)
  %v16 = xor <8 x i64> %v15, %v9
  %v17 = and <8 x i64> %v4, splat (i64 4294967295)
  %v18 = add i64 %v0, 2654435769
  %v19 = and i64 %v18, 4294967295
  %v20 = add i64 %v1, 3144134277
  %v21 = and i64 %v20, 4294967295
  %v22 = mul <8 x i64> %v12, splat (i64 3528531795)
  %v23 = mul <8 x i64> %v16, splat (i64 3449720151)
  %v24 = insertelement <8 x i64> poison, i64 %v19, i64 0
  %v25 = shufflevector <8 x i64> %v24, <8 x i64> poison, <8 x i32> zeroinitializer
  %v26 = insertelement <8 x i64> poison, i64 %v21, i64 0
  %v27 = shufflevector <8 x i64> %v26, <8 x i64> poison, <8 x i32> zeroinitializer
  %v28 = lshr <8 x i64> %v23, splat (i64 32)
  %v29 = xor <8 x i64> %v28, %v13
  %v30 = xor <8 x i64> %v29, %v25
  %v31 = and <8 x i64> %v23, splat (i64 4294967295)
  %v32 = lshr <8 x i64> %v22, splat (i64 32)
  %v33 = xor <8 x i64> %v32, %v17
  %v34 = xor <8 x i64> %v33, %v27
  %v35 = and <8 x i64> %v22, splat (i64 4294967295)
  %v36 = add i64 %v19, 2654435769
  %v37 = and i64 %v36, 4294967295
  %v38 = add i64 %v21, 3144134277
  %v39 = and i64 %v38, 4294967295
  %v40 = mul <8 x i64> %v30, splat (i64 3528531795)
  %v41 = mul <8 x i64> %v34, splat (i64 3449720151)
  %v42 = insertelement <8 x i64> poison, i64 %v37, i64 0
  %v43 = shufflevector <8 x i64> %v42, <8 x i64> poison, <8 x i32> zeroinitializer
  %v44 = insertelement <8 x i64> poison, i64 %v39, i64 0
  %v45 = shufflevector <8 x i64> %v44, <8 x i64> poison, <8 x i32> zeroinitializer
  %v46 = lshr <8 x i64> %v41, splat (i64 32)
  %v47 = xor <8 x i64> %v46, %v31
  %v48 = xor <8 x i64> %v47, %v43
  %v49 = and <8 x i64> %v41, splat (i64 4294967295)
  %v50 = lshr <8 x i64> %v40, splat (i64 32)
  %v51 = xor <8 x i64> %v50, %v35
  %v52 = xor <8 x i64> %v51, %v45
  %v53 = and <8 x i64> %v40, splat (i64 4294967295)
  %v54 = add i64 %v37, 2654435769
  %v55 = and i64 %v54, 4294967295
  %v56 = add i64 %v39, 3144134277
  %v57 = and i64 %v56, 4294967295
  %v58 = mul <8 x i64> %v48, splat (i64 3528531795)
  %v59 = mul <8 x i64> %v52, splat (i64 3449720151)
  %v60 = insertelement <8 x i64> poison, i64 %v55, i64 0
  %v61 = shufflevector <8 x i64> %v60, <8 x i64> poison, <8 x i32> zeroinitializer
  %v62 = insertelement <8 x i64> poison, i64 %v57, i64 0
  %v63 = shufflevector <8 x i64> %v62, <8 x i64> poison, <8 x i32> zeroinitializer
  %v64 = lshr <8 x i64> %v59, splat (i64 32)
  %v65 = xor <8 x i64> %v64, %v49
  %v66 = xor <8 x i64> %v65, %v61
  %v67 = and <8 x i64> %v59, splat (i64 4294967295)
  %v68 = lshr <8 x i64> %v58, splat (i64 32)
  %v69 = xor <8 x i64> %v68, %v53
  %v70 = xor <8 x i64> %v69, %v63
  %v71 = and <8 x i64> %v58, splat (i64 4294967295)
  %v72 = add i64 %v55, 2654435769
  %v73 = and i64 %v72, 4294967295
  %v74 = add i64 %v57, 3144134277
  %v75 = and i64 %v74, 4294967295
  %v76 = mul <8 x i64> %v66, splat (i64 3528531795)
  %v77 = mul <8 x i64> %v70, splat (i64 3449720151)
  %v78 = insertelement <8 x i64> poison, i64 %v73, i64 0
  %v79 = shufflevector <8 x i64> %v78, <8 x i64> poison, <8 x i32> zeroinitializer
  %v80 = insertelement <8 x i64> poison, i64 %v75, i64 0
  %v81 = shufflevector <8 x i64> %v80, <8 x i64> poison, <8 x i32> zeroinitializer
  %v82 = lshr <8 x i64> %v77, splat (i64 32)
  %v83 = xor <8 x i64> %v82, %v67
  %v84 = xor <8 x i64> %v83, %v79
  %v85 = and <8 x i64> %v77, splat (i64 4294967295)
  %v86 = lshr <8 x i64> %v76, splat (i64 32)
  %v87 = xor <8 x i64> %v86, %v71
  %v88 = xor <8 x i64> %v87, %v81
  %v89 = and <8 x i64> %v76, splat (i64 4294967295)
  %v90 = add i64 %v73, 2654435769
  %v91 = and i64 %v90, 4294967295
  %v92 = add i64 %v75, 3144134277
  %v93 = and i64 %v92, 4294967295
  %v94 = mul <8 x i64> %v84, splat (i64 3528531795)
  %v95 = mul <8 x i64> %v88, splat (i64 3449720151)
  %v96 = insertelement <8 x i64> poison, i64 %v91, i64 0
  %v97 = shufflevector <8 x i64> %v96, <8 x i64> poison, <8 x i32> zeroinitializer
  %v98 = insertelement <8 x i64> poison, i64 %v93, i64 0
  %v99 = shufflevector <8 x i64> %v98, <8 x i64> poison, <8 x i32> zeroinitializer
  %v100 = lshr <8 x i64> %v95, splat (i64 32)
  %v101 = xor <8 x i64> %v100, %v85
  %v102 = xor <8 x i64> %v101, %v97
  %v103 = and <8 x i64> %v95, splat (i64 4294967295)
  %v104 = lshr <8 x i64> %v94, splat (i64 32)
  %v105 = xor <8 x i64> %v104, %v89
  %v106 = xor <8 x i64> %v105, %v99
  %v107 = and <8 x i64> %v94, splat (i64 4294967295)
  %v108 = add i64 %v91, 2654435769
  %v109 = and i64 %v108, 4294967295
  %v110 = add i64 %v93, 3144134277
  %v111 = and i64 %v110, 4294967295
  %v112 = mul <8 x i64> %v102, splat (i64 3528531795)
  %v113 = mul <8 x i64> %v106, splat (i64 3449720151)
  %v114 = insertelement <8 x i64> poison, i64 %v109, i64 0
  %v115 = shufflevector <8 x i64> %v114, <8 x i64> poison, <8 x i32> zeroinitializer
  %v116 = insertelement <8 x i64> poison, i64 %v111, i64 0
  %v117 = shufflevector <8 x i64> %v116, <8 x i64> poison, <8 x i32> zeroinitializer
  %v118 = lshr <8 x i64> %v113, splat (i64 32)
  %v119 = xor <8 x i64> %v118, %v103
  %v120 = xor <8 x i64> %v119, %v115
  %v121 = and <8 x i64> %v113, splat (i64 4294967295)
  %v122 = lshr <8 x i64> %v112, splat (i64 32)
  %v123 = xor <8 x i64> %v122, %v107
  %v124 = xor <8 x i64> %v123, %v117
  %v125 = and <8 x i64> %v112, splat (i64 4294967295)
  %v126 = add i64 %v109, 2654435769
  %v127 = and i64 %v126, 4294967295
  %v128 = add i64 %v111, 3144134277
  %v129 = and i64 %v128, 4294967295
  %v130 = mul <8 x i64> %v120, splat (i64 3528531795)
  %v131 = mul <8 x i64> %v124, splat (i64 3449720151)
  %v132 = insertelement <8 x i64> poison, i64 %v127, i64 0
  %v133 = shufflevector <8 x i64> %v132, <8 x i64> poison, <8 x i32> zeroinitializer
  %v134 = insertelement <8 x i64> poison, i64 %v129, i64 0
  %v135 = shufflevector <8 x i64> %v134, <8 x i64> poison, <8 x i32> zeroinitializer
  %v136 = lshr <8 x i64> %v131, splat (i64 32)
  %v137 = xor <8 x i64> %v136, %v121
  %v138 = xor <8 x i64> %v137, %v133
  %v139 = and <8 x i64> %v131, splat (i64 4294967295)
  %v140 = lshr <8 x i64> %v130, splat (i64 32)
  %v141 = xor <8 x i64> %v140, %v125
  %v142 = xor <8 x i64> %v141, %v135
  %v143 = and <8 x i64> %v130, splat (i64 4294967295)
  %v144 = add i64 %v127, 2654435769
  %v145 = and i64 %v144, 4294967295
  %v146 = add i64 %v129, 3144134277
  %v147 = and i64 %v146, 4294967295
  %v148 = mul <8 x i64> %v138, splat (i64 3528531795)
  %v149 = mul <8 x i64> %v142, splat (i64 3449720151)
  %v150 = insertelement <8 x i64> poison, i64 %v145, i64 0
  %v151 = shufflevector <8 x i64> %v150, <8 x i64> poison, <8 x i32> zeroinitializer
  %v152 = insertelement <8 x i64> poison, i64 %v147, i64 0
  %v153 = shufflevector <8 x i64> %v152, <8 x i64> poison, <8 x i32> zeroinitializer
  %v154 = lshr <8 x i64> %v149, splat (i64 32)
  %v155 = xor <8 x i64> %v154, %v139
  %v156 = xor <8 x i64> %v155, %v151
  %v157 = and <8 x i64> %v149, splat (i64 4294967295)
  %v158 = lshr <8 x i64> %v148, splat (i64 32)
  %v159 = xor <8 x i64> %v158, %v143
  %v160 = xor <8 x i64> %v159, %v153
  %v161 = and <8 x i64> %v148, splat (i64 4294967295)
  %v162 = add i64 %v145, 2654435769
  %v163 = and i64 %v162, 4294967295
  %v164 = add i64 %v147, 3144134277
  %v165 = and i64 %v164, 4294967295
  %v166 = mul <8 x i64> %v156, splat (i64 3528531795)
  %v167 = mul <8 x i64> %v160, splat (i64 3449720151)
  %v168 = insertelement <8 x i64> poison, i64 %v163, i64 0
  %v169 = shufflevector <8 x i64> %v168, <8 x i64> poison, <8 x i32> zeroinitializer
  %v170 = insertelement <8 x i64> poison, i64 %v165, i64 0
  %v171 = shufflevector <8 x i64> %v170, <8 x i64> poison, <8 x i32> zeroinitializer
  %v172 = lshr <8 x i64> %v167, splat (i64 32)
  %v173 = xor <8 x i64> %v172, %v157
  %v174 = xor <8 x i64> %v173, %v169
  %v175 = and <8 x i64> %v167, splat (i64 4294967295)
  %v176 = lshr <8 x i64> %v166, splat (i64 32)
  %v177 = xor <8 x i64> %v176, %v161
  %v178 = xor <8 x i64> %v177, %v171
  %v179 = and <8 x i64> %v166, splat (i64 4294967295)
  %v180 = trunc <8 x i64> %v174 to <8 x i32>
  %v181 = trunc <8 x i64> %v175 to <8 x i32>
  %v182 = insertvalue { <8 x i32>, <8 x i32> } poison, <8 x i32> %v180, 0
  %v183 = insertvalue { <8 x i32>, <8 x i32> } %v182, <8 x i32> %v181, 1
  ret { <8 x i32>, <8 x i32> } %v183
}

define internal <8 x float> @smalti.uniform.v8f32(<8 x i32> %word0) alwaysinline nounwind willreturn memory(none) {
entry:
  %v0 = lshr <8 x i32> %word0, splat (i32 8)
  %v1 = sitofp <8 x i32> %v0 to <8 x float>
  %v2 = fmul <8 x float> %v1, splat (float 0x3E70000000000000)
  ret <8 x float> %v2
}

attributes #0 = { nounwind "prefer-vector-width"="256" "min-legal-vector-width"="256" }
