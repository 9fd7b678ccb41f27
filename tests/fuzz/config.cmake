# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
redoubt_fuzz(fuzz_config LIBS redoubt_common_config)
