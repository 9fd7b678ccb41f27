# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_common_initdata)
    redoubt_fuzz(fuzz_initdata LIBS redoubt_common_initdata)
endif()
