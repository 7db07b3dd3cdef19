# Holdfast 0.1.0 #v=1&plan=pro&survive=region&client=jedis&regions=us-east-1,eu-west-1,ap-southeast-1&write-regions=3&region-failover=automatic&dataset=10&throughput=30000&instances=60&connections=8&capabilities=json,search&name=chat

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

# The card that pays. Through a marketplace: put payment_method = "marketplace" in the place of
# payment_method_id below and drop this; with a direct contract drop both.
data "rediscloud_payment_method" "card" {
  last_four_numbers = var.card_last_four
  exclude_expired   = true
}

# The provider has no argument for zones here: each region gets several where it has at least three.
# A region with fewer can be had by the API only, and lowers the availability of all.
resource "rediscloud_active_active_subscription" "main" {
  name                   = "chat"
  payment_method_id      = data.rediscloud_payment_method.card.id
  cloud_provider         = "AWS"
  public_endpoint_access = true

  # Ranges can never be changed, and must overlap neither each other nor any network that is linked
  # to them. The service adds the memory of replicas and regions itself.
  creation_plan {
    dataset_size_in_gb = 10
    quantity           = 1

    region {
      region                      = "us-east-1"
      networking_deployment_cidr  = "10.71.0.0/24"
      write_operations_per_second = 15000
      read_operations_per_second  = 15000
    }

    region {
      region                      = "eu-west-1"
      networking_deployment_cidr  = "10.71.1.0/24"
      write_operations_per_second = 15000
      read_operations_per_second  = 15000
    }

    region {
      region                      = "ap-southeast-1"
      networking_deployment_cidr  = "10.71.2.0/24"
      write_operations_per_second = 15000
      read_operations_per_second  = 15000
    }
  }

  maintenance_windows {
    mode = "automatic"
  }

  # Some arguments can't be changed in place: without this, a change of theirs would destroy the
  # data.
  lifecycle {
    prevent_destroy = true
  }
}

resource "rediscloud_active_active_subscription_database" "main" {
  subscription_id         = rediscloud_active_active_subscription.main.id
  name                    = "chat"
  dataset_size_in_gb      = 10
  global_data_persistence = "aof-every-1-second"
  data_eviction           = "noeviction"
  support_oss_cluster_api = false
  enable_tls              = true
  global_source_ips       = var.allowed_networks

  global_alert {
    name  = "dataset-size"
    value = 70
  }

  global_alert {
    name  = "throughput-higher-than"
    value = 24000
  }

  global_alert {
    name  = "latency"
    value = 10
  }

  override_region {
    name = "us-east-1"

    remote_backup {
      interval     = "every-24-hours"
      storage_type = "aws-s3"
      storage_path = "${var.backup_path}/us-east-1"
    }
  }

  override_region {
    name = "eu-west-1"

    remote_backup {
      interval     = "every-24-hours"
      storage_type = "aws-s3"
      storage_path = "${var.backup_path}/eu-west-1"
    }
  }

  override_region {
    name = "ap-southeast-1"

    remote_backup {
      interval     = "every-24-hours"
      storage_type = "aws-s3"
      storage_path = "${var.backup_path}/ap-southeast-1"
    }
  }

  # Some arguments can't be changed in place: without this, a change of theirs would destroy the
  # data.
  lifecycle {
    prevent_destroy = true
  }
}

# The database begins with 1000 reads and writes in every region, whatever was planned: this sets
# the figures. How reads and writes divide was not asked: half and half, and any region can carry
# all of it alone.
resource "rediscloud_active_active_subscription_regions" "main" {
  subscription_id = rediscloud_active_active_subscription.main.id

  region {
    region                     = "us-east-1"
    networking_deployment_cidr = "10.71.0.0/24"

    database {
      database_id                       = rediscloud_active_active_subscription_database.main.db_id
      database_name                     = rediscloud_active_active_subscription_database.main.name
      local_write_operations_per_second = 15000
      local_read_operations_per_second  = 15000
    }
  }

  region {
    region                     = "eu-west-1"
    networking_deployment_cidr = "10.71.1.0/24"

    database {
      database_id                       = rediscloud_active_active_subscription_database.main.db_id
      database_name                     = rediscloud_active_active_subscription_database.main.name
      local_write_operations_per_second = 15000
      local_read_operations_per_second  = 15000
    }
  }

  region {
    region                     = "ap-southeast-1"
    networking_deployment_cidr = "10.71.2.0/24"

    database {
      database_id                       = rediscloud_active_active_subscription_database.main.db_id
      database_name                     = rediscloud_active_active_subscription_database.main.name
      local_write_operations_per_second = 15000
      local_read_operations_per_second  = 15000
    }
  }
}

# Host and port for REDIS_HOST and REDIS_PORT.
output "endpoint" {
  value = rediscloud_active_active_subscription_database.main.public_endpoint
}

# For REDIS_PASSWORD: terraform output -raw password
output "password" {
  value     = rediscloud_active_active_subscription_database.main.global_password
  sensitive = true
}
