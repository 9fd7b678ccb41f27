# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_guest_oci_runtime)
    redoubt_fuzz(fuzz_guest_user_lookup LIBS redoubt_guest_oci_runtime)
endif()
