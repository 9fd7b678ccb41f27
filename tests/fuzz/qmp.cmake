# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_node_hypervisor)
    redoubt_fuzz(fuzz_qmp_reply LIBS redoubt_node_hypervisor)
endif()
