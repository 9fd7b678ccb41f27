# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
redoubt_fuzz(fuzz_ttrpc_frame LIBS redoubt_common_ttrpc)
redoubt_fuzz(fuzz_ttrpc_serial_link LIBS redoubt_common_ttrpc)
