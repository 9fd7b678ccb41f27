// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "node-daemon/network/cni/attachments.hpp"
#include "node-daemon/network/cni/name_service.hpp"

namespace redoubt::node::network::cni {

/// Who is on which network under what names: read from the attachments once, kept up since, as reading them
/// all again took its time at each start and stop. Any thread. Blocks.
class NameZones {
  public:
    using Publish = std::function<Status(const NameZone&)>;

    NameZones(const Attachments& attachments, Publish publish)
        : attachments_(attachments), publish_(std::move(publish)) {}

    /// Publishes the record's zone with it; the addresses of the host that answer there. Errors: publish's;
    /// those of parse_result().
    Result<std::vector<std::string>> join(const AttachmentRecord& record);
    /// When the record is gone.
    Status leave(const AttachmentRecord& record);

  private:
    struct Member {
        NamedSandbox named;
        std::vector<std::string> gateways;
    };
    using Members = std::map<std::string, Member>; ///< by attachment

    void learn();
    static Result<Member> member_from(const AttachmentRecord& record);
    [[nodiscard]] NameZone zone_of(const Conflist& list) const;

    const Attachments& attachments_;
    Publish publish_;
    std::mutex mutex_; ///< one zone written at a time
    bool knows_ = false;
    std::map<std::string, Members> networks_;
};

} // namespace redoubt::node::network::cni
