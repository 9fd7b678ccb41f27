// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/remote/identity.hpp"
#include "common/remote/profiles.hpp"

namespace redoubt::remote {

/// This user's identity, made at its first use; its certificate says "USER@HOST". All programs of the user
/// have the same. Blocks. Errors: those of config_folder() and load_or_make_identity(); errno's.
[[nodiscard]] Result<Identity> own_identity();

/// This user's profiles. Blocks. Errors: those of config_folder() and Profiles::load().
[[nodiscard]] Result<Profiles> own_profiles();

} // namespace redoubt::remote
