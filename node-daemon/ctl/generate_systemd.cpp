// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json.hpp>

#include "common/base/file.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/systemd_unit.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> generate_systemd(Context context, const GenerateSystemdOptions& options) {
    RDT_TRY(const auto container, context.client.inspect_container(options.container));
    RDT_TRY(const auto unit, make_systemd_unit(container, options));
    if (options.to_file) RDT_CHECK(write_file(unit.name, unit.text));
    if (context.json) {
        const boost::json::object value{{"name", unit.name}, {"unit", unit.text}};
        RDT_CHECK(print(indented(value)));
    } else {
        RDT_CHECK(print(options.to_file ? unit.name + "\n" : unit.text));
    }
    return 0;
}

} // namespace redoubt::ctl
