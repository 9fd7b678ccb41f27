// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json.hpp>

#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

char letter_of(pb::PathChange::Kind kind) {
    if (kind == pb::PathChange::ADDED) return 'A';
    return kind == pb::PathChange::DELETED ? 'D' : 'C';
}

const char* list_of(pb::PathChange::Kind kind) {
    if (kind == pb::PathChange::ADDED) return "added";
    return kind == pb::PathChange::DELETED ? "deleted" : "changed";
}

} // namespace

Result<int> diff(Context context, const DiffOptions& options) {
    boost::json::object lists{{"changed", boost::json::array()},
                              {"added", boost::json::array()},
                              {"deleted", boost::json::array()}};
    const auto each = [&](const pb::DiffContainerResponse& response) -> Status {
        std::string text;
        for (const auto& change : response.changes()) {
            if (context.json)
                lists[list_of(change.kind())].as_array().emplace_back(as_utf8(change.path()));
            else
                text += std::format("{} {}\n", letter_of(change.kind()), printable(change.path()));
        }
        return print(text);
    };
    RDT_CHECK(context.client.diff_container(options.container, each));
    if (context.json) RDT_CHECK(print(indented(lists)));
    return 0;
}

} // namespace redoubt::ctl
