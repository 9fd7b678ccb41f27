// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "services/attestation/collateral.hpp"
#include "services/attestation/fetch_state.hpp"

namespace redoubt::services::api {

/// How long what vendors say is good for, and how fetching it goes, as Prometheus reads it. Of several
/// statements of one authority or platform the one that is good longest counts. `fetches` null: nothing is
/// fetched. Source: the text exposition format, version 0.0.4.
[[nodiscard]] std::string render_collateral_metrics(const attestation::Collateral& collateral,
                                                    const attestation::FetchState* fetches, tee::Time now);

} // namespace redoubt::services::api
