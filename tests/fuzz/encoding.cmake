# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
redoubt_fuzz(fuzz_yaml LIBS redoubt_common_encoding)
