// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/cni_network.hpp"

#include <fcntl.h>
#include <linux/netlink.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <format>
#include <mutex>
#include <system_error>
#include <utility>

#include "common/base/file.hpp"
#include "common/netlink/links.hpp"
#include "node-daemon/network/cni/host_ports.hpp"
#include "node-daemon/network/cni/leftovers.hpp"
#include "node-daemon/network/cni/namespaces.hpp"
#include "node-daemon/network/cni/put_back.hpp"
#include "node-daemon/network/cni/resolver.hpp"
#include "node-daemon/network/cni/result.hpp"
#include "node-daemon/network/cni/tap.hpp"

namespace redoubt::node::network::cni {
namespace {

constexpr std::size_t k_threads = 4;
constexpr std::size_t k_longest_interface = 11; // its tap's name has four characters more; the most is 15

Status validate(const AttachRequest& request) {
    if (!is_plain_name(request.interface) || request.interface.size() > k_longest_interface)
        return fail(Code::invalid_argument, "'{}' is not an interface's name", request.interface);
    return {};
}

bool is_iptables_here() {
    constexpr std::array places{"/usr/local/sbin/iptables", "/usr/sbin/iptables", "/sbin/iptables",
                                "/usr/bin/iptables"};
    return std::ranges::any_of(places, [](const char* place) { return ::access(place, X_OK) == 0; });
}

/// What can be told without the plugins.
Status check_interface(const std::filesystem::path& network_namespace, const std::string& interface) {
    return run_inside(network_namespace, [&interface]() -> Status {
        RDT_TRY(auto socket, netlink::Socket::open(NETLINK_ROUTE));
        RDT_CHECK(netlink::find_link(socket, interface));
        return {};
    });
}

} // namespace

CniNetwork::CniNetwork(CniSettings settings)
    : settings_(std::move(settings)), attachments_(settings_.attachment_folder), pool_(k_threads) {
    if (settings_.default_network.empty()) settings_.default_network = settings_.own.name;
}

CniNetwork::~CniNetwork() {
    pool_.join();
}

std::filesystem::path CniNetwork::namespace_of(const SandboxId& sandbox) const {
    return settings_.namespace_folder / sandbox.str();
}

Result<Conflist> CniNetwork::find_list(const std::string& network) const {
    auto folder = read_conflists(settings_.conflist_folder);
    for (auto& list : folder.lists)
        if (list.name == network) return std::move(list);
    if (network == settings_.own.name) return make_default_conflist(settings_.own);
    std::string problems;
    for (const auto& problem : folder.problems) problems += "; not usable: " + problem;
    return fail(Code::not_found, "no network '{}'{}", network, problems);
}

Status CniNetwork::check_programs(const Conflist& list) const {
    constexpr auto k_remedy = "install the packages containernetworking-plugins and iptables";
    for (const auto& plugin : list.plugins) {
        auto found = find_plugin(settings_.plugins, std::string(plugin.at("type").as_string()));
        if (!found) return fail(Code::failed_precondition, "{}: {}", found.error().message, k_remedy);
    }
    if (list.name == settings_.own.name && !is_iptables_here())
        return fail(Code::failed_precondition, "iptables is not installed: {}", k_remedy);
    return {};
}

Result<KnownNetworks> CniNetwork::list() const {
    RDT_TRY(const auto first, find_list(settings_.default_network));
    RDT_CHECK(check_programs(first));
    KnownNetworks known{.names = {first.name}, .problems = {}};
    const auto add = [&names = known.names](const std::string& name) {
        if (!std::ranges::contains(names, name)) names.push_back(name);
    };
    add(settings_.own.name);
    auto folder = read_conflists(settings_.conflist_folder);
    for (const auto& list : folder.lists) add(list.name);
    known.problems = std::move(folder.problems);
    return known;
}

/// The network's list, as it is for this container.
Result<Conflist> CniNetwork::choose_plugins(const AttachRequest& request) const {
    RDT_TRY(auto list, find_list(request.network));
    if (request.bandwidth.is_limited()) {
        RDT_TRY(list, with_bandwidth(std::move(list)));
    }
    RDT_CHECK(check_programs(list));
    return list;
}

/// Saves it, as nothing may be made that is not written down; and sees to the translation of our own
/// networks, or leaves it to the plugins where the kernel has none of ours.
Status CniNetwork::begin_record(AttachmentRecord& record) {
    const bool is_ours =
        record.list.is_made_here || (record.list.name == settings_.own.name && record.list.file.empty());
    const auto is_filtered = is_ours ? is_forwarding_filtered() : Result<bool>(true);
    if (!is_ours || !is_filtered) return attachments_.save(record);
    auto plain = record.list;
    record.list = with_own_translation(std::move(record.list), *is_filtered);
    RDT_CHECK(attachments_.save(record));
    if (const auto joined = translation_.join(record)) return {};
    RDT_CHECK(translation_.leave(record));
    record.list = std::move(plain);
    return attachments_.save(record);
}

Status CniNetwork::forget_record(const AttachmentRecord& record) {
    RDT_CHECK(attachments_.remove(record));
    return translation_.leave(record);
}

Result<Attachment> CniNetwork::add(const AttachRequest& request) {
    const std::shared_lock working(at_work_);
    RDT_CHECK(validate(request));
    RDT_TRY(auto list, choose_plugins(request));
    RDT_CHECK(check_host_ports(request.ports));
    AttachmentRecord record{.list = std::move(list),
                            .target = {.sandbox = request.sandbox,
                                       .interface = request.interface,
                                       .network_namespace = namespace_of(request.sandbox),
                                       .ports = request.ports,
                                       .bandwidth = request.bandwidth,
                                       .names = request.names},
                            .result = {}};
    RDT_CHECK(begin_record(record));
    auto added = add_to_network(settings_.plugins, record.list, record.target);
    if (!added) {
        // What could not be taken back is tried again by detach(), for which the record stays.
        if (!added.error().message.contains("taking it back failed")) RDT_CHECK(forget_record(record));
        return std::unexpected(added.error().within(std::format("network {}", request.network)));
    }
    record.result = std::move(added->raw);
    RDT_CHECK(attachments_.save(record));
    Attachment attachment{.dns = std::move(added->dns), .network_namespace = namespace_of(request.sandbox)};
    if (!attachment.dns.empty()) return attachment;
    attachment.dns = read_host_resolver();
    if (!keeps_names(record.list)) return attachment;
    // What undoes this ADD when it fails is the caller's detach(): the record is there.
    RDT_TRY(auto servers, name_zones_.join(record));
    if (servers.empty()) return attachment;
    std::erase_if(attachment.dns, [](const auto& line) { return line.starts_with("nameserver "); });
    for (const auto& server : servers) attachment.dns.push_back("nameserver " + server);
    return attachment;
}

Status CniNetwork::remove_all(const SandboxId& sandbox) {
    {
        const std::shared_lock working(at_work_);
        RDT_TRY(auto records, attachments_.find(sandbox));
        for (auto& record : records) {
            // Where it was may have been another folder's, of a daemon without a launcher.
            auto& place = record.target.network_namespace;
            place = namespace_of(sandbox);
            std::error_code ignored;
            if (!std::filesystem::exists(place, ignored)) place.clear(); // a reboot takes namespaces away
            if (!place.empty() && record.result) {
                // Without them rules stay; that is no reason to keep the attachment.
                [[maybe_unused]] const auto put = put_addresses_back(record.target, *record.result);
            }
            RDT_CHECK(delete_from_network(settings_.plugins, record.list, record.target, record.result)
                          .transform_error(context("network {}", record.list.name)));
            RDT_CHECK(forget_record(record));
            if (keeps_names(record.list)) RDT_CHECK(name_zones_.leave(record));
        }
        if (records.empty()) return {};
    }
    return tidy();
}

bool CniNetwork::keeps_names(const Conflist& list) const {
    return list.has_names && !settings_.name_folder.empty() && NameService::is_installed();
}

/// After the last attachment nothing of ours is to change a packet of the host.
Status CniNetwork::tidy() {
    // Who is at work will tidy after itself, or leaves something that is not to be tidied away.
    const std::unique_lock alone(at_work_, std::try_to_lock);
    if (!alone) return {};
    if (!attachments_.sandboxes().empty()) return {};
    RDT_CHECK(remove_unused_bridge(settings_.own.bridge));
    for (const auto& list : read_conflists(settings_.conflist_folder).lists)
        if (const auto* bridge = list.plugins.front().if_contains("bridge");
            list.is_made_here && bridge != nullptr && bridge->is_string())
            RDT_CHECK(remove_unused_bridge(std::string(bridge->get_string())));
    return remove_scaffolding();
}

Status CniNetwork::make_namespace_folder() const {
    std::error_code error;
    std::filesystem::create_directories(settings_.namespace_folder, error);
    if (error) return fail_errno(error.value(), "make folder {}", settings_.namespace_folder.native());
    return {};
}

Status CniNetwork::create_namespace(const SandboxId& sandbox) {
    const std::lock_guard alone(namespaces_);
    RDT_CHECK(make_namespace_folder());
    RDT_CHECK(cni::make_namespace(namespace_of(sandbox)));
    if (!settings_.keep_namespace) return {};
    RDT_TRY(const auto fd, open_file(namespace_of(sandbox), O_RDONLY));
    settings_.keep_namespace(sandbox, fd.get());
    return {};
}

Status CniNetwork::restore_namespace(const SandboxId& sandbox, int kept) {
    const std::lock_guard alone(namespaces_);
    RDT_CHECK(make_namespace_folder());
    return bind_namespace(kept, namespace_of(sandbox));
}

Status CniNetwork::drop_namespace(const SandboxId& sandbox) {
    const std::lock_guard alone(namespaces_);
    RDT_CHECK(cni::remove_namespace(namespace_of(sandbox)));
    if (settings_.release_namespace) settings_.release_namespace(sandbox);
    std::error_code ignored; // the folder stays while others are in it
    std::filesystem::remove(settings_.namespace_folder, ignored);
    return {};
}

Status CniNetwork::remove_garbage(const std::vector<SandboxId>& living) {
    Status outcome;
    for (const auto& sandbox : attachments_.sandboxes()) {
        if (std::ranges::contains(living, sandbox)) continue;
        if (auto removed = remove_all(sandbox); !removed && outcome) outcome = std::move(removed);
        if (auto removed = drop_namespace(sandbox); !removed && outcome) outcome = std::move(removed);
    }
    return outcome;
}

Task<KnownNetworks> CniNetwork::known() {
    co_return co_await offload(pool_, [this] { return list(); });
}

Task<void> CniNetwork::make_namespace(SandboxId sandbox) {
    co_return co_await offload(pool_, [this, sandbox] { return create_namespace(sandbox); });
}

Task<void> CniNetwork::remove_namespace(SandboxId sandbox) {
    co_return co_await offload(pool_, [this, sandbox] { return drop_namespace(sandbox); });
}

Task<Attachment> CniNetwork::attach(AttachRequest request) {
    co_return co_await offload(pool_, [this, request = std::move(request)] {
        auto added = add(request);
        if (!added)
            if (const auto tidied = tidy(); !tidied)
                added.error().message += "; and tidying failed: " + tidied.error().message;
        return added;
    });
}

Task<void> CniNetwork::detach(SandboxId sandbox) {
    co_return co_await offload(pool_, [this, sandbox] { return remove_all(sandbox); });
}

Task<void> CniNetwork::check(SandboxId sandbox) {
    co_return co_await offload(pool_, [this, sandbox]() -> Status {
        const std::shared_lock working(at_work_);
        RDT_TRY(auto records, attachments_.find(sandbox));
        for (auto& record : records) {
            if (!record.result) continue;
            record.target.network_namespace = namespace_of(sandbox);
            RDT_CHECK(check_interface(record.target.network_namespace, record.target.interface));
            RDT_CHECK(check_network(settings_.plugins, record.list, record.target, *record.result));
        }
        return {};
    });
}

Task<Tap> CniNetwork::make_tap(TapRequest request) {
    co_return co_await offload(pool_, [this, request = std::move(request)] {
        return run_inside(namespace_of(request.sandbox), [&request] {
            switch (request.stage) {
            case TapStage::device: return open_device(request.interface, request.queues);
            case TapStage::tie: return tie_tap(request.interface);
            case TapStage::whole: break;
            }
            return open_tap(request.interface, request.queues);
        });
    });
}

Task<void> CniNetwork::collect_garbage(std::vector<SandboxId> living) {
    co_return co_await offload(pool_, [this, living = std::move(living)] { return remove_garbage(living); });
}

} // namespace redoubt::node::network::cni
