// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/volume_output.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <map>

#include "common/config/quantity.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/time_text.hpp"

namespace redoubt::ctl {
namespace {

namespace json = boost::json;

json::object volume_value(const pb::Volume& volume) {
    const std::map<std::string, std::string> sorted(volume.labels().begin(), volume.labels().end());
    json::object labels;
    for (const auto& [key, value] : sorted) labels[key] = value;
    json::array containers;
    for (const auto& id : volume.containers()) containers.emplace_back(id);
    return {
        {"name", volume.name()},
        {"driver", "local"},
        {"size_bytes", volume.size_bytes()},
        {"used_bytes", volume.used_bytes()},
        {"encrypted", volume.encrypted()},
        {"key", volume.key()},
        {"anonymous", volume.anonymous()},
        {"labels", std::move(labels)},
        {"created_at", render_time(volume.created_at())},
        {"path", volume.path()},
        {"containers", std::move(containers)},
    };
}

} // namespace

std::string render_volumes(const std::vector<pb::Volume>& volumes) {
    std::vector<std::vector<std::string>> rows{{"DRIVER", "VOLUME NAME", "SIZE", "ON DISK"}};
    for (const auto& volume : volumes)
        rows.push_back({"local", volume.name(), config::render_size(volume.size_bytes()),
                        render_decimal_size(volume.used_bytes())});
    return render_table(rows);
}

json::array volumes_value(const std::vector<pb::Volume>& volumes) {
    json::array array;
    for (const auto& volume : volumes) array.push_back(volume_value(volume));
    return array;
}

std::string volumes_json(const std::vector<pb::Volume>& volumes) {
    return indented_json(volumes_value(volumes));
}

std::string touched_volumes_json(const std::vector<std::string>& volumes) {
    json::array array;
    for (const auto& name : volumes) array.push_back(json::object{{"volume", name}});
    return indented_json(array);
}

} // namespace redoubt::ctl
