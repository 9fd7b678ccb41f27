# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_guest_oci_runtime)
    redoubt_fuzz(fuzz_guest_user_lookup LIBS redoubt_guest_oci_runtime)
endif()
if(TARGET redoubt_guest_policy)
    redoubt_fuzz(fuzz_guest_policy LIBS redoubt_guest_policy redoubt_proto_agent)
endif()
if(TARGET redoubt_guest_rpc)
    redoubt_fuzz(fuzz_guest_disks LIBS redoubt_guest_mount)
    redoubt_fuzz(fuzz_guest_proc LIBS redoubt_guest_sandbox redoubt_guest_options)
    redoubt_fuzz(fuzz_guest_requests LIBS redoubt_guest_rpc)
endif()
