// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/protocol/messages.hpp"

#include <array>
#include <concepts>
#include <type_traits>
#include <utility>

#include "node-daemon/launcher/protocol/codec.hpp"

namespace redoubt::node {

// Each struct's fields, in the order they travel. Beside their structs' namespaces, so that they are found.
template <class Value, class Wanted>
concept Is = std::same_as<std::remove_const_t<Value>, Wanted>;

namespace launch {

constexpr Accelerator last_of(Accelerator) {
    return Accelerator::tcg;
}
constexpr TemplateUse::Role last_of(TemplateUse::Role) {
    return TemplateUse::Role::clone;
}
constexpr IsolationLevel last_of(IsolationLevel) {
    return IsolationLevel::confidential;
}

template <Is<DiskSpec> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.id, v.read_only, v.lun, v.target);
}
template <Is<PortMapping> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.host_ip, v.host_port, v.container_port, v.protocol);
}
template <Is<Bandwidth> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.ingress, v.egress);
}
template <Is<GuestAddress> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.address, v.prefix, v.is_v6);
}
template <Is<GuestInterface> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.name, v.mac, v.mtu, v.addresses);
}
template <Is<GuestRoute> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.destination, v.gateway, v.device, v.source, v.is_v6, v.scope, v.flags, v.mtu);
}
/// Of its queues only the number: they are descriptors.
template <Is<NetworkDevice> Value, class Visit>
void fields(Value& v, Visit visit) {
    auto queues = static_cast<std::uint8_t>(v.tap_queues.size());
    visit(v.id, v.mac, v.mtu, queues);
    if constexpr (!std::is_const_v<Value>) v.tap_queues.assign(queues, -1);
}
/// Of its memory nothing: it is a descriptor.
template <Is<TemplateUse> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.role);
}
/// Of processors only what is the guest's: devices, firmware and numbers of the host the launcher knows.
template <Is<SimulatedLaunch> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.host_data);
}
template <Is<SnpLaunch> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.host_data, v.policy, v.id_block, v.id_auth, v.has_author_key);
}
template <Is<TdxLaunch> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.mr_config_id, v.attributes);
}
/// The level beside its processor: where one of them is lost, they no longer fit each other.
template <Is<VmSpec> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.id, v.level, v.cmdline, v.vcpus, v.memory_bytes, v.accelerator, v.runtime_directory, v.disks,
          v.networks, v.confidential, v.has_relay, v.of_template);
}

} // namespace launch

namespace network {

constexpr TapStage last_of(TapStage) {
    return TapStage::tie;
}
template <Is<AttachRequest> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.sandbox, v.interface, v.network, v.ports, v.names, v.bandwidth);
}
template <Is<TapRequest> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.sandbox, v.interface, v.queues, v.stage);
}
template <Is<NewNetwork> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.name, v.subnets, v.is_internal, v.mtu, v.without_names);
}
template <Is<KnownNetworks> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.names, v.problems);
}
template <Is<Attachment> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.dns, v.network_namespace);
}
template <Is<NetworkInfo> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.name, v.plugins, v.bridge, v.subnets, v.is_default, v.has_names, v.is_made_here, v.file, v.text);
}
template <Is<NetworkList> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.networks, v.problems);
}

} // namespace network

namespace launcher {

template <class Value>
concept IsEmpty = std::is_empty_v<Value>;
template <class Value>
concept HasSandboxAlone = std::is_aggregate_v<Value> && sizeof(Value) == sizeof(SandboxId) &&
                          requires(Value& value) { value.sandbox; };

template <IsEmpty Value, class Visit>
void fields(Value& /*none*/, Visit /*visit*/) {}
template <HasSandboxAlone Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.sandbox);
}
template <Is<StartVm> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.spec);
}
template <Is<CollectVm> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.sandbox, v.pid);
}
template <Is<Attach> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.request);
}
template <Is<MakeTap> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.request);
}
template <Is<CollectGarbage> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.living);
}
template <Is<CreateNetwork> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.wanted);
}
template <Is<RemoveNetwork> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.name);
}
template <Is<Welcome> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.hypervisor, v.isolation, v.has_kvm);
}
template <Is<VmStarted> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.pid, v.start_time, v.level);
}
template <Is<VmEnded> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.code, v.signal);
}
template <Is<TapMade> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.interface, v.routes);
}

} // namespace launcher
} // namespace redoubt::node

namespace redoubt {

constexpr Code last_of(Code) {
    return Code::unauthenticated;
}
template <node::Is<Error> Value, class Visit>
void fields(Value& v, Visit visit) {
    visit(v.code, v.message);
}

} // namespace redoubt

namespace redoubt::node::launcher {
namespace {

constexpr std::uint32_t k_format = 0x344c4452; // "RDL4"

template <class Message>
std::string encode_message(const Message& message) {
    Writer writer;
    writer.add(k_format);
    writer.add(static_cast<std::uint16_t>(message.index()));
    std::visit([&writer](const auto& value) { writer.add(value); }, message);
    return std::move(writer).take();
}

template <class Message>
Result<Message> decode_message(std::string_view packet) {
    if (packet.size() > k_most_bytes)
        return fail(Code::invalid_argument, "a packet of {} bytes, the most is {}", packet.size(),
                    k_most_bytes);
    Reader reader(packet);
    std::uint32_t format = 0;
    std::uint16_t number = 0;
    reader.read(format);
    reader.read(number);
    if (!reader.is_good()) return fail(Code::invalid_argument, "a packet of {} bytes", packet.size());
    if (format != k_format)
        return fail(Code::failed_precondition,
                    "redoubtd and redoubt-launcher are of different versions: restart both");
    Message message;
    if (!choose(message, number))
        return fail(Code::invalid_argument, "message number {} is not known", number);
    std::visit([&reader](auto& value) { reader.read(value); }, message);
    if (!reader.is_done()) return fail(Code::invalid_argument, "message number {} is broken", number);
    return message;
}

} // namespace

std::string encode(const Request& request) {
    return encode_message(request);
}

std::string encode(const Answer& answer) {
    return encode_message(answer);
}

Result<Request> decode_request(std::string_view packet) {
    return decode_message<Request>(packet);
}

Result<Answer> decode_answer(std::string_view packet) {
    return decode_message<Answer>(packet);
}

} // namespace redoubt::node::launcher
