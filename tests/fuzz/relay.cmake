# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_common_relay)
    redoubt_fuzz(fuzz_relay LIBS redoubt_common_relay)
endif()
