// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl confidential explain`. No daemon is asked, and nothing is decided: every line says what the
/// node, the guest and the broker will do by themselves. Format: docs/formats/cli-json.md.

#include <boost/json.hpp>

#include <algorithm>
#include <format>
#include <set>

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"
#include "common/encoding/hex.hpp"
#include "node-daemon/ctl/explained_calls.hpp"
#include "node-daemon/ctl/explained_images.hpp"
#include "node-daemon/ctl/explained_release.hpp"
#include "node-daemon/ctl/guest_launch.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

constexpr auto k_format = "redoubt-confidential-explanation/1";
constexpr std::uint64_t k_most_file = 1ULL << 30U;

struct MeasuredFile {
    std::string role;
    std::string path;
    std::string sha384;
};

struct Explanation {
    GuestLaunch launch;
    std::string processor;
    std::vector<MeasuredFile> files;
    std::vector<ExplainedImage> images;
    PinnedBroker broker;
    std::vector<std::string> resources;
    ExplainedCalls calls;
    std::vector<std::string> warnings;
};

Result<MeasuredFile> measure_file(std::string role, const std::filesystem::path& path) {
    RDT_TRY(const auto bytes, read_file(path, k_most_file));
    RDT_TRY(const auto digest, crypto::digest_of(bytes, crypto::HashAlgorithm::sha384));
    return MeasuredFile{std::move(role), path.native(), digest.hex()};
}

/// All that initdata, pod and images name.
std::vector<std::string> named_resources(const GuestLaunch& launch,
                                         const std::vector<ExplainedImage>& images) {
    std::set<std::string> found;
    const auto add = [&found](std::string_view text) {
        for (auto& uri : resources_in(text)) found.insert(std::move(uri));
    };
    if (launch.initdata)
        for (const auto& [name, text] : launch.initdata->entries()) add(text);
    for (const auto& container : launch.manifest->containers)
        for (const auto& variable : container.spec.environment()) add(variable.value());
    for (const auto& image : images) found.insert(image.keys.begin(), image.keys.end());
    return {found.begin(), found.end()};
}

void add_warnings(Explanation& out) {
    if (!out.launch.initdata) {
        out.warnings.emplace_back("there is no initdata: a node refuses the pod, and its guest would deny "
                                  "everything");
        return;
    }
    if (out.launch.initdata->find(initdata::k_policy_entry) == nullptr)
        out.warnings.emplace_back("initdata has no policy.rego: the guest denies everything");
    if (out.broker.url.empty())
        out.warnings.emplace_back("initdata names no key broker: nothing is released");
    for (const auto& image : out.images)
        if (image.authority == Authority::none)
            out.warnings.push_back(
                std::format("image '{}' is named by a tag: nothing says that its bytes are "
                            "the right ones",
                            image.image));
    if (out.processor == "simulation")
        out.warnings.emplace_back("a simulation protects nothing; its firmware is measured and not executed");
}

Result<Explanation> explain(const ConfidentialExplainOptions& options) {
    Explanation out;
    RDT_TRY(out.launch, plan_guest_launch(options.launch));
    out.processor = options.launch.machine.processor;
    for (const auto& [role, path] :
         {std::pair{"firmware", std::filesystem::path(out.launch.firmware)},
          std::pair{"kernel", out.launch.vm.kernel}, std::pair{"initrd", out.launch.vm.initramfs}}) {
        RDT_TRY(auto file, measure_file(role, path));
        out.files.push_back(std::move(file));
    }
    const auto* initdata = out.launch.initdata ? &*out.launch.initdata : nullptr;
    RDT_TRY(out.images, explain_images(*out.launch.manifest, initdata, options.images));
    if (initdata != nullptr) {
        RDT_TRY(out.broker, pinned_broker(*initdata));
        if (const auto* policy = initdata->find(initdata::k_policy_entry); policy != nullptr) {
            RDT_TRY(out.calls, explain_calls(*policy));
        }
    }
    out.resources = named_resources(out.launch, out.images);
    add_warnings(out);
    return out;
}

boost::json::array array_of(const std::vector<std::string>& texts) {
    boost::json::array out;
    for (const auto& text : texts) out.emplace_back(text);
    return out;
}

boost::json::object measured_json(const Explanation& what) {
    boost::json::object files;
    for (const auto& file : what.files)
        files[file.role] = boost::json::object{{"path", file.path}, {"sha384", file.sha384}};
    boost::json::object values;
    for (const auto& value : what.launch.values) values[value.name] = value.hex;
    boost::json::object out{{"files", std::move(files)},     {"kernel_cmdline", what.launch.vm.cmdline},
                            {"vcpus", what.launch.vm.vcpus}, {"measurement", what.launch.values.front().hex},
                            {"values", std::move(values)},   {"initdata", nullptr}};
    if (const auto& initdata = what.launch.initdata)
        out["initdata"] = boost::json::object{{"digest", initdata->digest().str()},
                                              {"host_data", encoding::to_hex(initdata->host_data())},
                                              {"mr_config_id", encoding::to_hex(initdata->mr_config_id())}};
    return out;
}

boost::json::object render_json(const Explanation& what) {
    boost::json::array images;
    for (const auto& image : what.images)
        images.push_back(boost::json::object{{"container", image.container},
                                             {"image", image.image},
                                             {"authorised_by", name_of(image.authority)},
                                             {"detail", image.detail},
                                             {"keys", array_of(image.keys)}});
    boost::json::object released{{"broker", what.broker.url},
                                 {"certificates_sha256", array_of(what.broker.certificates)},
                                 {"resources", array_of(what.resources)}};
    boost::json::object calls{{"refused_always", array_of(what.calls.refused_always)},
                              {"refused", array_of(what.calls.refused)},
                              {"depends", array_of(what.calls.depends)},
                              {"allowed", array_of(what.calls.allowed)}};
    return {{"format", k_format},          {"pod", what.launch.pod},
            {"processor", what.processor}, {"measured", measured_json(what)},
            {"images", std::move(images)}, {"released", std::move(released)},
            {"calls", std::move(calls)},   {"warnings", array_of(what.warnings)}};
}

std::string render_list(std::string_view title, const std::vector<std::string>& items) {
    std::string out = std::format("  {}:", title);
    for (const auto& item : items) out += " " + item;
    return out + (items.empty() ? " none\n" : "\n");
}

std::string render_measured(const Explanation& what) {
    auto out = std::format("Pod {} on {}\n\nMeasured\n", what.launch.pod, what.processor);
    for (const auto& file : what.files)
        out += std::format("  {:<15} {}\n{:<18}sha384 {}\n", file.role, file.path, "", file.sha384);
    out += std::format("  {:<15} {}\n  {:<15} {}\n", "kernel_cmdline", what.launch.vm.cmdline, "vcpus",
                       what.launch.vm.vcpus);
    if (const auto& initdata = what.launch.initdata)
        out += std::format("  {:<15} {}\n", "initdata", initdata->digest().str());
    for (const auto& value : what.launch.values)
        out += std::format("  evidence: {} {}\n", value.name, value.hex);
    return out;
}

std::string render(const Explanation& what) {
    auto out = render_measured(what);
    out += "\nImages\n";
    for (const auto& image : what.images) {
        out += std::format("  {}: {}\n    authorised by {}{}{}\n", image.container, image.image,
                           name_of(image.authority), image.detail.empty() ? "" : ": ", image.detail);
        for (const auto& key : image.keys) out += std::format("    layers need {}\n", key);
    }
    out += std::format("\nReleased, if the broker finds this guest among its reference values\n  by: {}\n",
                       what.broker.url.empty() ? "nobody" : what.broker.url);
    for (const auto& certificate : what.broker.certificates)
        out += std::format("  whose certificate has SHA-256 {}\n", certificate);
    out += render_list("resources it may ask for", what.resources);
    out += "\nRequests of the host\n";
    out += render_list("refused whatever a policy says", what.calls.refused_always);
    out += render_list("refused by this policy", what.calls.refused);
    out += render_list("decided by what they hold", what.calls.depends);
    out += render_list("allowed", what.calls.allowed);
    return out;
}

} // namespace

Result<int> confidential_explain(const Invocation& invocation) {
    RDT_TRY(const auto what, explain(std::get<ConfidentialExplainOptions>(invocation.verb)));
    for (const auto& warning : what.warnings) print_warning(warning);
    RDT_CHECK(print(invocation.json ? indented_json(render_json(what)) : render(what)));
    return 0;
}

} // namespace redoubt::ctl
