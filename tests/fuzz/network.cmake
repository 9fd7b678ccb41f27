# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_node_network)
    redoubt_fuzz(fuzz_cni_conflist LIBS redoubt_node_network)
    redoubt_fuzz(fuzz_cni_result LIBS redoubt_node_network)
    redoubt_fuzz(fuzz_netlink LIBS redoubt_common_netlink)
endif()
