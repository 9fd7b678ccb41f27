# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_common_oci)
    redoubt_fuzz(fuzz_oci_reference LIBS redoubt_common_oci)
    redoubt_fuzz(fuzz_oci_manifest LIBS redoubt_common_oci)
endif()
if(TARGET redoubt_common_oci_encryption)
    redoubt_fuzz(fuzz_oci_encryption LIBS redoubt_common_oci_encryption)
endif()
if(TARGET redoubt_node_storage)
    redoubt_fuzz(fuzz_oci_tar LIBS redoubt_node_storage)
endif()
