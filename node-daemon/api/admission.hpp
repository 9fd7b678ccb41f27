// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>

#include <functional>
#include <string>
#include <utility>

#include "common/base/error.hpp"
#include "node-daemon/access/access.hpp"

namespace redoubt::node::api {

/// That a call may be made, and by whom. No call can be made without one; only a gate gives them.
class Admission {
  public:
    /// `object`: what the call turned out to be about; empty: as its request said.
    using Ended = std::move_only_function<void(const grpc::Status&, std::string object)>;

    explicit Admission(access::Caller caller, Ended ended = nullptr)
        : caller_(std::move(caller)), ended_(std::move(ended)) {}

    [[nodiscard]] const access::Caller& caller() const { return caller_; }
    /// The call's last word; noted where such things are noted. Does not block.
    void ended(const grpc::Status& status) {
        if (ended_) std::exchange(ended_, nullptr)(status, std::move(object_));
    }
    /// What the first message of a stream says.
    void concerns(std::string object) { object_ = std::move(object); }

  private:
    access::Caller caller_;
    Ended ended_;
    std::string object_;
};

/// Decides about each call before it is one.
class Gate {
  public:
    virtual ~Gate() = default;
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    /// A method is known by its request's type, which no two methods share; of a call whose requests are a
    /// stream it is an empty one. May block. Thread: any.
    virtual Result<Admission> admit(const grpc::CallbackServerContext& context,
                                    const google::protobuf::Message& request) = 0;

  protected:
    Gate() = default;
};

/// Of the unix socket: who could open it may do anything.
class OpenGate final : public Gate {
  public:
    Result<Admission> admit(const grpc::CallbackServerContext&, const google::protobuf::Message&) override {
        return Admission(access::Caller{});
    }
};

} // namespace redoubt::node::api
