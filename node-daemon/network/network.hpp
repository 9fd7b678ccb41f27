// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/strong_id.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/launch/guest_network.hpp"

namespace redoubt::node::network {

struct KnownNetworks {
    std::vector<std::string> names;    ///< the default one first
    std::vector<std::string> problems; ///< of configurations that cannot be used, for people
};

/// The sandbox's end of one network.
struct AttachRequest {
    SandboxId sandbox;
    std::string interface; ///< "eth0": its name in the sandbox
    std::string network;
    std::vector<launch::PortMapping> ports; ///< passed on where the network knows how to map ports
    std::vector<std::string> names = {};    ///< by which others on the network find it
    launch::Bandwidth bandwidth = {};
};

/// What a network tells beside what it configures.
struct Attachment {
    std::vector<std::string> dns;            ///< lines of a resolv.conf; empty: the network does not say
    std::filesystem::path network_namespace; ///< where a process of the host finds the interface
};

/// A tap may be there before its interface is.
enum class TapStage : std::uint8_t {
    whole,  ///< made, and tied to the interface
    device, ///< made; the interface will come
    tie     ///< tied to the interface; it was made as a device, and its queues are whose they are
};

struct TapRequest {
    SandboxId sandbox;
    std::string interface;
    std::uint32_t queues =
        1; ///< 0: no tap, only what the interface is: who uses it is in the namespace itself
    TapStage stage = TapStage::whole;
};

/// The VM's end of an interface: what arrives at one comes out of the other. It goes with the last
/// descriptor on it, or with the namespace.
struct Tap {
    std::vector<UniqueFd> queues; ///< of the tap, for the VMM
    launch::GuestInterface interface;
    std::vector<launch::GuestRoute> routes; ///< in the order to be added
};

/// Connects sandboxes with networks. Each sandbox has a network namespace of its own on the host; its VM
/// gets the traffic of the interfaces in it through taps. Thread: main strand. Never two calls for one
/// sandbox at once. What is taken away may be taken away again: no error when it is not there.
class Network {
  public:
    virtual ~Network() = default;

    /// The networks of this node. Errors: failed_precondition nothing of the kind can be used here, and what
    /// to do about that.
    virtual Task<KnownNetworks> known() = 0;

    /// Makes the sandbox's namespace, with nothing but the loopback interface, which is up.
    virtual Task<void> make_namespace(SandboxId sandbox) = 0;
    virtual Task<void> remove_namespace(SandboxId sandbox) = 0;

    /// Makes an interface in the namespace. Leaves nothing behind when it fails. Errors: not_found no such
    /// network; already_exists a port of the host is in use; else those of its plugins, by name.
    virtual Task<Attachment> attach(AttachRequest request) = 0;
    /// Undoes every attach() of the sandbox, as each network was configured then.
    virtual Task<void> detach(SandboxId sandbox) = 0;
    /// Asks the networks whether all attach() made is still there. Errors: those of the plugins.
    virtual Task<void> check(SandboxId sandbox) = 0;

    /// Opens a tap beside the interface and ties them together, or does one of both.
    virtual Task<Tap> make_tap(TapRequest request) = 0;

    /// Detaches whatever belongs to none of `living`. What cannot be detached is named in the error; the
    /// rest is gone.
    virtual Task<void> collect_garbage(std::vector<SandboxId> living) = 0;
};

} // namespace redoubt::node::network
