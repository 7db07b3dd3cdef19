# Holdfast 0.1.0 #v=1&plan=pro-flex&endpoint=transit-gateway&client=go-redis&dataset=3000&throughput=150000&instances=120&connections=30&quiet-hours=Mon%2BWed@4/6&name=players

# The keys of the API come from the environment: REDISCLOUD_ACCESS_KEY and REDISCLOUD_SECRET_KEY.
# The state holds the database's password: keep it where only you can read it.
terraform {
  required_version = ">= 1.3"

  required_providers {
    rediscloud = {
      source  = "RedisLabs/rediscloud"
      version = "~> 2.11"
    }
  }
}

provider "rediscloud" {}

variable "card_last_four" {
  description = "Last four digits of the card that pays, as in Billing & Payments"
  type        = string

  validation {
    condition     = can(regex("^[0-9]{4}$", var.card_last_four))
    error_message = "Four digits."
  }
}

variable "allowed_networks" {
  description = "Address ranges that may connect, on every endpoint, those of private links too"
  type        = set(string)

  validation {
    condition     = length(var.allowed_networks) >= 1 && length(var.allowed_networks) <= 32 && alltrue([for cidr in var.allowed_networks : can(cidrhost(cidr, 0))])
    error_message = "Between 1 and 32 ranges in CIDR form."
  }
}

variable "backup_path" {
  description = "Where backups go: s3://bucket/folder; Redis Cloud needs the right to write there"
  type        = string
  sensitive   = true
}

variable "transit_gateway_id" {
  description = "Your transit gateway: tgw-…"
  type        = string
}

variable "vpc_cidrs" {
  description = "Ranges of your VPC, at most five; they must not overlap the database's own"
  type        = set(string)

  validation {
    condition     = length(var.vpc_cidrs) >= 1 && length(var.vpc_cidrs) <= 5 && alltrue([for cidr in var.vpc_cidrs : can(cidrhost(cidr, 0))])
    error_message = "Between 1 and 5 ranges in CIDR form."
  }
}

# The last step waits for your side of the link: apply, do that side, set this to true, apply again.
variable "own_side_ready" {
  type    = bool
  default = false
}

# The card that pays. Through a marketplace: put payment_method = "marketplace" in the place of
# payment_method_id below and drop this; with a direct contract drop both.
data "rediscloud_payment_method" "card" {
  last_four_numbers = var.card_last_four
  exclude_expired   = true
}

resource "rediscloud_subscription" "main" {
  name                   = "players"
  payment_method_id      = data.rediscloud_payment_method.card.id
  memory_storage         = "ram-and-flash"
  public_endpoint_access = false

  # None of this can ever be changed. The range must not overlap any network that is linked to it.
  cloud_provider {
    provider = "AWS"

    region {
      region                       = "us-east-1"
      multiple_availability_zones  = true
      networking_deployment_cidr   = "10.71.0.0/24"
      preferred_availability_zones = []
    }
  }

  # Sizes the first machines, and is ignored afterwards. The service adds the replica's memory
  # itself.
  creation_plan {
    dataset_size_in_gb           = 3000
    quantity                     = 1
    replication                  = true
    support_oss_cluster_api      = false
    throughput_measurement_by    = "operations-per-second"
    throughput_measurement_value = 150000
  }

  # The hours are those of the region's local time.
  maintenance_windows {
    mode = "manual"

    window {
      start_hour        = 4
      duration_in_hours = 8
      days              = ["Monday", "Wednesday"]
    }
  }

  # Some arguments can't be changed in place: without this, a change of theirs would destroy the
  # data.
  lifecycle {
    prevent_destroy = true
  }
}

resource "rediscloud_subscription_database" "main" {
  subscription_id              = rediscloud_subscription.main.id
  name                         = "players"
  dataset_size_in_gb           = 3000
  throughput_measurement_by    = "operations-per-second"
  throughput_measurement_value = 150000
  replication                  = true
  data_persistence             = "aof-every-1-second"
  data_eviction                = "noeviction"
  support_oss_cluster_api      = false
  resp_version                 = "resp3"
  enable_tls                   = true
  source_ips                   = var.allowed_networks

  alert {
    name  = "dataset-size"
    value = 80
  }

  alert {
    name  = "throughput-higher-than"
    value = 120000
  }

  alert {
    name  = "latency"
    value = 10
  }

  remote_backup {
    interval     = "every-24-hours"
    storage_type = "aws-s3"
    storage_path = var.backup_path
  }

  # Some arguments can't be changed in place: without this, a change of theirs would destroy the
  # data.
  lifecycle {
    prevent_destroy = true
  }
}

# Host and port for REDIS_HOST and REDIS_PORT.
output "endpoint" {
  value = rediscloud_subscription_database.main.private_endpoint
}

# For REDIS_PASSWORD: terraform output -raw password
output "password" {
  value     = rediscloud_subscription_database.main.password
  sensitive = true
}

# First share the transit gateway with the AWS account that the console names for this subscription
# (AWS Resource Access Manager); then accept the attachment in your account and add routes.
data "rediscloud_transit_gateway_invitations" "main" {
  subscription_id = rediscloud_subscription.main.id
}

resource "rediscloud_transit_gateway_invitation_acceptor" "main" {
  subscription_id   = rediscloud_subscription.main.id
  tgw_invitation_id = data.rediscloud_transit_gateway_invitations.main.invitations[0].id
  action            = "accept"
}

data "rediscloud_transit_gateway" "main" {
  subscription_id = rediscloud_subscription.main.id
  aws_tgw_uid     = var.transit_gateway_id
  depends_on      = [rediscloud_transit_gateway_invitation_acceptor.main]
}

resource "rediscloud_transit_gateway_attachment" "main" {
  subscription_id = rediscloud_subscription.main.id
  tgw_id          = data.rediscloud_transit_gateway.main.tgw_id
}

resource "rediscloud_transit_gateway_route" "main" {
  subscription_id = rediscloud_subscription.main.id
  tgw_id          = data.rediscloud_transit_gateway.main.tgw_id
  cidrs           = var.vpc_cidrs

  # Only when the attachment is accepted in your account.
  count = var.own_side_ready ? 1 : 0
}
