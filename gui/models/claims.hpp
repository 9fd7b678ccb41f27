// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <QString>
#include <vector>

#include "gui/backend/values.hpp"
#include "gui/models/row_model.hpp"

namespace redoubt::gui {

/// One thing that is known of a confidential guest, and from whom. `got` is empty where nobody here can tell.
struct Claim {
    enum class Verdict : std::uint8_t { holds, differs, not_known };
    QString name;
    QString expected;
    QString got;
    QString source;
    Verdict verdict = Verdict::not_known;
    QString reason;

    [[nodiscard]] bool operator==(const Claim&) const = default;
};

/// What the node's own words say of a guest's launch. A guest's evidence goes to its key broker and never
/// through the node, so nothing here is a verdict on evidence.
[[nodiscard]] std::vector<Claim> claims_of(const Confidential& launch);

/// "sha384:<hex>" cut or padded with zeros to as many digits as `host_data` has; empty: it is no such digest.
[[nodiscard]] std::string bound_digest(std::string_view digest, std::size_t digits);

} // namespace redoubt::gui
