# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_common_archive)
    redoubt_fuzz(fuzz_archive_tar LIBS redoubt_common_archive)
endif()
