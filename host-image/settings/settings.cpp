// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "host-image/settings/settings.hpp"

#include <format>

#include "common/base/file.hpp"

namespace redoubt::host_image {

namespace {

/// As redoubtd.toml(5) has it. The values were checked to have no quotes in them.
std::string broker_settings(const appliance::BrokerAnswers& broker) {
    return std::format("[broker]\nurl = '{}'\ncertificate = \"/etc/redoubt/broker.pem\"\n"
                       "registry_logins = '{}'\ntls_identity = '{}'\ndisk_key = '{}'\n",
                       broker.url, broker.registry_logins, broker.tls_identity, broker.disk_key);
}

} // namespace

bool wants_weak_levels(const appliance::Answers& answers) {
    return answers.minimum_isolation == "runc" || answers.minimum_isolation == "gvisor";
}

std::vector<SettingsFile> settings_files(const appliance::Answers& answers, const std::string& levels) {
    std::vector<SettingsFile> files;
    files.push_back({"hostname", answers.host_name + "\n"});
    files.push_back(
        {"hosts", std::format("127.0.0.1 localhost {0}\n::1 localhost {0}\n", answers.host_name)});
    // Before the image's own, which is for any wired interface by DHCP.
    files.push_back({"systemd/network/10-node.network", appliance::render_network(answers)});
    if (!answers.administrator.empty()) {
        files.push_back({"redoubt/administrator.pem", answers.administrator});
        files.push_back({"redoubt/redoubtd.toml.d/50-administrator.toml",
                         "[remote]\nadmin_certificate = \"/etc/redoubt/administrator.pem\"\n"});
    }
    files.push_back({"redoubt/redoubtd.toml.d/50-isolation.toml",
                     std::format("[runtime]\nminimum_level = \"{}\"\n", answers.minimum_isolation)});
    if (wants_weak_levels(answers))
        files.push_back({"systemd/system/redoubtd.service.d/50-levels.conf", levels});
    if (!answers.broker.url.empty()) {
        files.push_back({"redoubt/broker.pem", answers.broker.certificate});
        files.push_back({"redoubt/redoubtd.toml.d/50-broker.toml", broker_settings(answers.broker)});
    }
    if (!answers.volumes_disk.empty()) files.push_back({"redoubt/volumes-disk", answers.volumes_disk + "\n"});
    return files;
}

Status write_settings(const std::vector<SettingsFile>& files, const std::filesystem::path& etc) {
    for (const auto& file : files) {
        const auto path = etc / file.path;
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        if (error)
            return fail(Code::internal, "make folder {}: {}", path.parent_path().string(), error.message());
        RDT_CHECK(write_file(path, file.content));
    }
    return {};
}

} // namespace redoubt::host_image
