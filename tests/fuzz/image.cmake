# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
redoubt_fuzz(fuzz_http_response LIBS redoubt_common_http)
if(TARGET redoubt_node_image)
    redoubt_fuzz(fuzz_image_challenges LIBS redoubt_node_image)
endif()
