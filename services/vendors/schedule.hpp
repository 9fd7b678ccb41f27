// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// When something is fetched again. Pure.

#include <cstdint>
#include <optional>

#include "common/tee/evidence/certificate.hpp"

namespace redoubt::services::vendors {

/// After it was got at `now`: after `refresh`, or when two thirds of its time until `until` are over, if that
/// is sooner; but not before `retry`. `chance`, of [0, 1), moves it by up to a tenth either way, so that not
/// every service asks at the same time.
[[nodiscard]] tee::Time next_after_success(tee::Time now, std::optional<tee::Time> until,
                                           std::chrono::seconds refresh, std::chrono::seconds retry,
                                           double chance);
/// After so many failures one after the other (1 is the first): twice the time each, up to an hour.
[[nodiscard]] tee::Time next_after_failure(tee::Time now, std::uint32_t failures, std::chrono::seconds retry,
                                           double chance);

} // namespace redoubt::services::vendors
