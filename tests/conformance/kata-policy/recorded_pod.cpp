// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/conformance/kata-policy/recorded_pod.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <format>

#include "common/agent_policy/settings.hpp"
#include "common/base/file.hpp"
#include "common/oci/reference.hpp"
#include "node-daemon/ctl/policy_workload.hpp"

namespace redoubt::test {

namespace fs = std::filesystem;
namespace bj = boost::json;

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// What the first allowed request of the container shows of its image.
Result<agent_policy::ImageFacts> reveal(const agent_policy::Container& container,
                                        const std::vector<agent_policy::RecordedRequest>& requests) {
    for (const auto& recorded : requests) {
        if (!recorded.allowed || recorded.kind != "CreateContainerRequest") continue;
        RDT_TRY(const auto document, json::parse("request", recorded.request));
        const auto oci = document.root()["OCI"];
        RDT_TRY(const auto name, oci["Annotations"]["io.kubernetes.cri.container-name"].string_or());
        if (name != container.name) continue;
        agent_policy::ImageFacts facts;
        const auto process = oci["Process"];
        RDT_TRY(facts.config.env, process["Env"].strings_or_empty());
        RDT_TRY(facts.config.entrypoint, process["Args"].strings_or_empty());
        RDT_TRY(facts.config.working_dir, process["Cwd"].string_or());
        RDT_TRY(const auto uid, process["User"]["UID"].unsigned_integer_or(0));
        RDT_TRY(const auto gid, process["User"]["GID"].unsigned_integer_or(0));
        facts.config.user = std::format("{}:{}", uid, gid);
        return facts;
    }
    return agent_policy::ImageFacts();
}

Result<agent_policy::ImageFacts> image_of(const agent_policy::Container& container,
                                          const std::vector<agent_policy::RecordedRequest>& requests,
                                          std::vector<std::string>& revealed) {
    const fs::path here = fs::path(variable("REDOUBT_SOURCE")) / "tests/conformance/kata-policy";
    RDT_TRY(const auto index_text, read_file(here / "images.json"));
    RDT_TRY(const auto index, json::parse("images.json", index_text));
    RDT_TRY(const auto reference, oci::parse_reference(container.image));
    const auto file = index.root()[reference.repository];
    if (!file.is_present()) {
        revealed.push_back(container.image);
        return reveal(container, requests);
    }
    RDT_TRY(const auto name, file.string());
    RDT_TRY(const auto text, read_file(here / "images" / name));
    return agent_policy::parse_image_facts(text);
}

} // namespace

std::vector<fs::path> recorded_folders() {
    std::vector<fs::path> folders;
    std::error_code error;
    const fs::path root = fs::path(variable("REDOUBT_SHARED")) / "conformance/kata-policy";
    for (const auto& entry : fs::recursive_directory_iterator(root, error))
        if (entry.path().filename() == "testcases.json") folders.push_back(entry.path().parent_path());
    std::ranges::sort(folders);
    return folders;
}

Result<std::vector<agent_policy::RecordedRequest>> recorded_requests(const fs::path& folder) {
    RDT_TRY(const auto text, read_file(folder / "testcases.json"));
    return agent_policy::parse_requests("testcases.json", text);
}

Result<agent_policy::GeneratedPolicy> policy_of(const fs::path& folder,
                                                const std::vector<agent_policy::RecordedRequest>& requests,
                                                std::vector<std::string>& revealed) {
    std::vector<ctl::ManifestFile> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != ".yaml") continue;
        RDT_TRY(auto text, read_file(entry.path()));
        files.push_back({entry.path().filename(), std::move(text)});
    }
    std::string changes;
    if (fs::exists(folder / "settings.json")) {
        RDT_TRY(changes, read_file(folder / "settings.json"));
    }
    RDT_TRY(const auto settings, agent_policy::read_settings(changes));
    RDT_TRY(const auto gpus, settings.root()["gpu"]["resources"].strings());
    RDT_TRY(const auto workloads, ctl::parse_policy_workloads(files, gpus));
    if (workloads.size() != 1) return fail(Code::invalid_argument, "{} workloads", workloads.size());
    agent_policy::Images images;
    for (const auto& container : workloads.front().containers) {
        RDT_TRY(images[container.image], image_of(container, requests, revealed));
    }
    return agent_policy::generate_policy(workloads.front(), images, settings.root());
}

} // namespace redoubt::test
