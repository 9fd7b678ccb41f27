# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_common_jose)
    redoubt_fuzz(fuzz_jose LIBS redoubt_common_jose)
endif()
