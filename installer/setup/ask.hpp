// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "common/appliance/answers.hpp"
#include "common/base/error.hpp"
#include "installer/setup/choose_disk.hpp"

namespace redoubt::installer {

/// Asks a person, line by line, for what an answer file says: disk, name, network, administrator, and at the
/// end whether to go on. What cannot be is refused in words, and asked again. Blocks for as long as the
/// person takes. Errors: failed_precondition the person does not want it, or is gone, or there is no disk to
/// choose.
[[nodiscard]] Result<appliance::Answers> ask_for_answers(std::istream& in, std::ostream& out,
                                                         const std::vector<Disk>& disks);

} // namespace redoubt::installer
